import axios, { type InternalAxiosRequestConfig } from 'axios';
import { attachAuthInterceptors, memoryStore } from '../../src/index';
import { recorder } from '../support/attached';
import { cleanUp, onCleanUp } from '../support/clean-up';
import { codeOf } from '../support/outcomes';

afterEach(cleanUp);

function open(requireSession = false) {
  const { adapter, sent } = recorder();
  const api = axios.create({ baseURL: 'https://api.example.com', adapter });
  const auth = attachAuthInterceptors(api, {
    tokenStore: memoryStore(requireSession ? null : { accessToken: 'access-1' }),
    requireSession,
    refresh: () => null,
  });
  onCleanUp(() => {
    auth.detach();
  });
  return { api, auth, sent };
}

describe('G17: a config is what it was when its request is over', () => {
  test('one that was kept by an interceptor and never sent is sent by its own adapter later', async () => {
    const { api, auth, sent } = open(true);
    const kept: InternalAxiosRequestConfig[] = [];
    api.interceptors.request.use((config) => {
      kept.push(config);
      return config;
    });
    expect(await codeOf(api.get('/a'))).toBe('ERR_AUTH_SIGNED_OUT');
    await auth.signIn({ accessToken: 'access-1' });
    expect(await codeOf(api(kept[0]!))).toBe('ok');
    expect(sent.map(({ authorization }) => authorization)).toEqual(['Bearer access-1']);
  });

  test('an interceptor that copies the config by its string keys does not lose the token', async () => {
    const { api, sent } = open();
    api.interceptors.request.use(
      (config) => Object.fromEntries(Object.entries(config)) as unknown as typeof config,
    );
    await api.get('/a');
    expect(sent.map(({ authorization }) => authorization)).toEqual(['Bearer access-1']);
  });

  test('nor does one that swaps the adapter in such a copy', async () => {
    const { api } = open();
    const other = recorder();
    api.interceptors.request.use(
      (config) =>
        Object.fromEntries([
          ...Object.entries(config),
          ['adapter', other.adapter],
        ]) as unknown as typeof config,
    );
    await api.get('/a');
    expect(other.sent.map(({ authorization }) => authorization)).toEqual(['Bearer access-1']);
  });

  test('an adapter that is called again after the sign-out does not send the old token', async () => {
    const { api, auth, sent } = open();
    let again: (() => Promise<unknown>) | undefined;
    api.interceptors.request.use((config) => {
      const inner = config.adapter as (given: InternalAxiosRequestConfig) => Promise<never>;
      config.adapter = (given) => {
        again = () => inner(given);
        return inner(given);
      };
      return config;
    });
    await api.get('/a');
    await auth.signOut();
    expect(await codeOf(again!())).toBe('ERR_AUTH_SIGNED_OUT');
    expect(sent).toHaveLength(1);
  });
});
