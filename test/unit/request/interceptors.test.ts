import axios from 'axios';
import type { AxiosRequestTransformer, InternalAxiosRequestConfig } from 'axios';
import type { AuthOptions } from '../../../src/index';
import { AuthError } from '../../../src/index';
import { cleanUp, onCleanUp } from '../../support/clean-up';
import { codeOf } from '../../support/outcomes';
import { openSession, recorder } from '../../support/session';

afterEach(cleanUp);

const own: AxiosRequestTransformer = (data: unknown) => data;

/** A session of which every request is copied by an interceptor, as it was before any transform. */
function open(options: Partial<AuthOptions> = {}, transformRequest: unknown = [own]) {
  const { adapter, sent } = recorder();
  const backend = { issue: () => ({ accessToken: 'access-1' }), renew: () => null };
  const defaults = { baseURL: 'https://api.example.com', adapter };
  const { api, auth } = openSession(backend, { ...options, axios: defaults });
  api.defaults.transformRequest = transformRequest as never;
  const kept: InternalAxiosRequestConfig[] = [];
  api.interceptors.request.use((config) => {
    kept.push({ ...config });
    return config;
  });
  const authorizations = (): unknown[] => sent.map(({ authorization }) => authorization);
  return { api, auth, kept, authorizations };
}

describe('G17: a config that an interceptor has kept', () => {
  it('is sent again in another session, with its token', async () => {
    const { api, auth, kept, authorizations } = open();
    await api.get('/a');
    await auth.signOut();
    await auth.signIn({ accessToken: 'access-2' });
    expect(await codeOf(api(kept[0]!))).toBe('ok');
    expect(authorizations()).toEqual(['Bearer access-1', 'Bearer access-2']);
  });

  it('does not grow, however often it is sent again', async () => {
    const { api, kept } = open();
    const { config } = await api.get('/a');
    expect(config.transformRequest).toEqual([own]);
    for (let round = 0; round < 3; round++) {
      const again = await api(kept[round]!);
      expect(again.config.transformRequest).toEqual([own]);
      expect(kept[round + 1]?.transformRequest).toHaveLength(2);
    }
  });

  it('and that describes an error is rejected with it, without being prepared', async () => {
    const onSend = jest.fn();
    const { api, auth } = open({ onSend, requireSession: true });
    await auth.signOut();
    const error: unknown = await api.get('/a').catch((reason: unknown) => reason);
    if (!(error instanceof AuthError)) throw new Error('It is no AuthError.');
    await auth.signIn({ accessToken: 'access-2' });
    await expect(api(error.config!)).rejects.toBe(error);
    expect(onSend).not.toHaveBeenCalled();
  });
});

describe('G16: the transforms that the adapter finds', () => {
  it.each<[string, unknown]>([
    ['a list', [own]],
    ['a function', own],
  ])('are those that were there at the call: %s', async (_, transforms) => {
    const { api } = open({}, transforms);
    const { config } = await api.get('/a');
    expect(config.transformRequest).toEqual(transforms);
  });

  it('are none where there was none', async () => {
    const { api, authorizations } = open();
    delete api.defaults.transformRequest;
    const { config } = await api.get('/a');
    expect(config.transformRequest).toBeUndefined();
    expect(authorizations()).toEqual(['Bearer access-1']);
  });

  it('are those that another interceptor has put there, if it has', async () => {
    const { api, authorizations } = open();
    const another: AxiosRequestTransformer = (data: unknown) => data;
    api.interceptors.request.use((config) => {
      config.transformRequest = [another, ...(config.transformRequest as [])];
      return config;
    });
    const { config } = await api.get('/a');
    expect(config.transformRequest).toEqual([another, own]);
    expect(authorizations()).toEqual(['Bearer access-1']);
  });
});

test('G19: a request with an adapter by name goes through the gate', async () => {
  const { api } = open();
  const seen: unknown[] = [];
  const answer = (request: Request): Promise<Response> => {
    seen.push(request.headers.get('authorization'));
    return Promise.resolve(new Response('{}'));
  };
  await api.get('/a', { adapter: 'fetch', env: { fetch: answer as typeof fetch } });
  expect(seen).toEqual(['Bearer access-1']);
});

test('G19: a request without any adapter goes through the gate, and out by that of axios', async () => {
  const { api } = open();
  delete api.defaults.adapter;
  const given = axios.defaults.adapter;
  onCleanUp(() => void Object.assign(axios.defaults, { adapter: given }));
  const seen: unknown[] = [];
  axios.defaults.adapter = (config) => {
    seen.push(config.headers.get('Authorization'));
    return Promise.resolve({ data: '', status: 200, statusText: '', headers: {}, config });
  };
  await api.get('/a');
  expect(seen).toEqual(['Bearer access-1']);
});
