import '../../support/xhr';
import axios, { AxiosHeaders } from 'axios';
import type { InternalAxiosRequestConfig } from 'axios';
import { AuthHeader } from '../../../src/request/auth-header';
import { Origins } from '../../../src/request/origins';
import { Redirects, refuseForeignRedirects } from '../../../src/request/redirects';
import { Secrets } from '../../../src/session/secrets';

const xhr = axios.getAdapter('xhr');
const refused = expect.objectContaining({ code: 'ERR_AUTH_CONFIG' }) as Error;

const protect = (headerName: string, allowRedirects: boolean) => (): unknown => {
  const origins = new Origins({}, { defaults: { baseURL: 'https://api.example.com' } });
  const header = new AuthHeader(headerName, '', new Secrets());
  const config: InternalAxiosRequestConfig = { headers: new AxiosHeaders() };
  return new Redirects(origins, header, allowRedirects).protect(config, xhr);
};

test('G3: over XHR, which follows whatever it is told, a header of another name is an error', () => {
  expect(protect('X-Auth', false)).toThrow(refused);
  expect(protect('X-Auth', true)).not.toThrow();
  expect(protect('Authorization', false)).not.toThrow();
});

describe('a client that carries credentials in its requests', () => {
  /** The config that would be sent. */
  async function sentOver(adapter: string, headers: object = {}) {
    const client = axios.create({ adapter: adapter as never, headers: headers as never });
    const stop = new Error('nothing is sent');
    let seen: InternalAxiosRequestConfig | undefined;
    // Interceptors of requests run in the reverse order.
    client.interceptors.request.use((config) => {
      seen = config;
      throw stop;
    });
    refuseForeignRedirects(client);
    await expect(client.get('https://api.example.com/a')).rejects.toBe(stop);
    const { adapter: chosen, fetchOptions } = seen as never as Record<string, unknown>;
    return { chosen, fetchOptions, userAgent: seen?.headers.get('User-Agent') };
  }

  it('G3: uses fetch in place of XHR, with no header that XHR would not have sent', async () => {
    expect(await sentOver('xhr')).toEqual({
      chosen: 'fetch',
      fetchOptions: { redirect: 'manual' },
      userAgent: false,
    });
    expect(await sentOver('xhr', { 'User-Agent': 'mine' })).toHaveProperty('userAgent', 'mine');
  });

  it('G3: uses the http adapter as it is, which asks before each redirect', async () => {
    expect(await sentOver('http')).toEqual({
      chosen: 'http',
      fetchOptions: undefined,
      userAgent: undefined,
    });
  });

  it('G39: uses XHR on React Native, where fetch is made of it', async () => {
    const given = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
    const navigator = { product: 'ReactNative' };
    Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
    try {
      expect(await sentOver('xhr')).toHaveProperty('chosen', 'xhr');
    } finally {
      if (given) Object.defineProperty(globalThis, 'navigator', given);
      else delete (globalThis as { navigator?: unknown }).navigator;
    }
  });
});
