import axios, { AxiosHeaders } from 'axios';
import type { AxiosInstance } from 'axios';
import { attachAuthInterceptors } from '../../src/index';
import { attached, recorder } from '../support/attached';
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

  it('G25: another copy of the package finds the session under the name that they share', () => {
    const { api, auth } = attached();
    const name = Symbol.for('axios-auth-interceptors.session');
    expect(Object.getOwnPropertySymbols(api)).toContain(name);
    auth.detach();
    expect(Object.getOwnPropertySymbols(api)).not.toContain(name);
  });

  it('G25: an option that attach() does not have is a TypeError, and nothing is attached', () => {
    const { auth } = attached();
    const api = axios.create();
    expect(() => auth.attach(api, { origins: [] } as never)).toThrow(
      /^attach\(instance, options\): Unknown option "origins"/,
    );
    expect(() => attachAuthInterceptors(api, { refresh }).detach()).not.toThrow();
  });

  it('G3: what attach() leaves out is as for the session, and what it gives is for that instance', async () => {
    const { adapter, sent } = recorder();
    const { auth } = attached({ axios: { adapter }, options: { allowInsecureHttp: true } });
    const as = axios.create({ adapter, baseURL: 'http://plain.example.com' });
    auth.attach(as);
    await as.get('/');
    expect(sent.at(-1)).toMatchObject({ authorization: 'Bearer access-1' });
    const strict = axios.create({ adapter, baseURL: 'http://plain.example.com' });
    auth.attach(strict, { allowInsecureHttp: false });
    await expect(strict.get('/')).rejects.toMatchObject({ code: 'ERR_AUTH_INSECURE_URL' });
    const wide = axios.create({ adapter, baseURL: at });
    auth.attach(wide, { allowedOrigins: ['https://wide.example.com'] });
    await wide.get('https://wide.example.com/');
    expect(sent.at(-1)).toMatchObject({ authorization: 'Bearer access-1' });
  });

  it.each([
    ['the defaults', (value: string) => ({ Authorization: value, 'X-None': undefined })],
    ['the common ones', (value: string) => ({ common: { Authorization: value }, 'X-None': null })],
    ['those of its method', (value: string) => ({ post: { authorization: value } })],
  ])(
    'the client of refresh does not send the token that %s of the instance hold',
    async (_, of) => {
      const { adapter, sent } = recorder();
      const headers = { ...of('Bearer access-1'), 'X-Kept': 'kept' };
      const { auth } = attached({
        axios: { adapter, baseURL: at, headers: headers },
        options: {
          refresh: async (_tokens, { client }) => {
            await client.post('/refresh');
            return { accessToken: 'access-2' };
          },
        },
      });
      await auth.refresh();
      expect(sent).toEqual([
        expect.not.objectContaining({ authorization: expect.anything() as unknown }),
      ]);
      expect(sent[0]).toMatchObject({ 'x-kept': 'kept' });
    },
  );

  it.each([undefined, null, 'a text'])(
    'G16: %p that another interceptor rejects with is handed on',
    async (reason) => {
      const { api } = attached({ axios: { baseURL: at } });
      api.interceptors.request.use(() => rejecting(reason));
      await expect(api.get('/')).rejects.toBe(reason);
    },
  );
});
