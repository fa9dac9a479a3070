import axios, { AxiosHeaders } from 'axios';
import type { AxiosInstance } from 'axios';
import { attachAuthInterceptors } from '../../src/index';
import { attached } from '../support/attached';
import { cleanUp } from '../support/rig';

afterEach(cleanUp);

const refresh = (): null => null;

/** Rejects with what is no error, as careless code does. */
const rejecting = (reason: unknown): Promise<never> =>
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it is the case
  Promise.reject(reason);

const NO_INSTANCES: [string, unknown][] = [
  ['nothing', undefined],
  ['null', null],
  ['a URL', 'https://api.example.com'],
  ['an empty object', {}],
  ['a function', refresh],
  ['interceptors without managers', { ...axios, interceptors: {} }],
  ['managers that are no objects', { ...axios, interceptors: { request: 1, response: 'x' } }],
  ['the AxiosHeaders', new AxiosHeaders()],
  ['an instance without request', Object.assign(axios.create(), { request: undefined })],
  ['an instance without defaults', Object.assign(axios.create(), { defaults: undefined })],
];

const at = 'https://api.example.com';

describe('attaching', () => {
  it.each(NO_INSTANCES)('G25: %s is no axios instance, and a TypeError', (_, given) => {
    expect(() => attachAuthInterceptors(given as AxiosInstance, { refresh })).toThrow(
      /attachAuthInterceptors\(instance, options\): instance must be an axios instance/,
    );
  });

  it.each(NO_INSTANCES)('G25: a session cannot be attached to %s', (_, given) => {
    const { auth } = attached();
    expect(() => auth.attach(given as AxiosInstance)).toThrow(
      /attach\(instance\): instance must be an axios instance/,
    );
  });

  it('G25: options that cannot work leave the instance as it was', () => {
    const api = axios.create();
    expect(() => attachAuthInterceptors(api, {} as never)).toThrow(TypeError);
    expect(() => attachAuthInterceptors(api, { refresh }).detach()).not.toThrow();
  });

  it('G25: to detach twice is to detach once', () => {
    const { auth } = attached();
    const api = axios.create();
    const detach = auth.attach(api);
    detach();
    const other = attachAuthInterceptors(api, { refresh });
    detach();
    expect(() => attachAuthInterceptors(api, { refresh })).toThrow(/Another session/);
    other.detach();
  });

  it.each([undefined, null, 'a text'])(
    'G16: %p that another interceptor rejects with is handed on',
    async (reason) => {
      const { api } = attached({ axios: { baseURL: at } });
      api.interceptors.request.use(() => rejecting(reason));
      await expect(api.get('/')).rejects.toBe(reason);
    },
  );
});
