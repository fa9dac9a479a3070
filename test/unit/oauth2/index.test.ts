import axios from 'axios';
import { oauth2Refresh, type OAuth2Options } from '../../../src/oauth2/index';

const TOKENS = { accessToken: 'access-1', refreshToken: 'refresh-1' };

/** The two calls, on their own, and what they send. */
function open(options: Partial<OAuth2Options> = {}) {
  const sent: unknown[] = [];
  const client = axios.create({
    adapter: (config) => {
      sent.push([config.url, config.data]);
      const data = { access_token: 'access-2' };
      return Promise.resolve({ data, status: 200, statusText: '', headers: {}, config });
    },
  });
  const tokenEndpoint = 'https://id.example.com/token';
  const refresh = oauth2Refresh({ clientId: 'a', tokenEndpoint, ...options });
  const line = { client, signal: new AbortController().signal } as never;
  return { refresh, line, sent };
}

it('G11: without tokens the session is over, and nobody is asked', async () => {
  const { refresh, line, sent } = open();
  await expect(refresh(null, line)).rejects.toMatchObject({ code: 'ERR_AUTH_SESSION_EXPIRED' });
  expect(sent).toEqual([]);
});

it('a service asks without tokens', async () => {
  const { refresh, line, sent } = open({ grantType: 'client_credentials' });
  expect(await refresh(null, line)).toEqual({ access_token: 'access-2' });
  expect(sent).toEqual([
    ['https://id.example.com/token', 'grant_type=client_credentials&client_id=a'],
  ]);
});

it('G21: without tokens or a revocation endpoint nothing is revoked', async () => {
  const { refresh, line, sent } = open();
  await refresh.revoke(TOKENS, line);
  const withEndpoint = open({ revocationEndpoint: 'https://id.example.com/revoke' });
  await withEndpoint.refresh.revoke(null, line);
  expect([sent, withEndpoint.sent]).toEqual([[], []]);
});
