import axios from 'axios';
import { attachAuthInterceptors } from '../../src/index';
import { oauth2Refresh } from '../../src/oauth2/index';
import { json, startServer, type Handler } from '../support/http-server';
import { cleanUp, onCleanUp } from '../support/rig';
import { codeOf } from '../support/token-server';
import { grant, refuseWith } from './bare-server';

afterEach(cleanUp);

const TIMES = 12;

/** What a service gets that asks again and again, and how often it asked for a token. */
async function serve(token: Handler, answer: Handler = grant) {
  const server = await startServer((request, response, index) =>
    (request.url === '/token' ? token : answer)(request, response, index),
  );
  const api = axios.create({ baseURL: server.url });
  const auth = attachAuthInterceptors(api, {
    refresh: oauth2Refresh({
      grantType: 'client_credentials',
      clientId: 'service',
      clientSecret: 'secret-of-the-service',
      tokenEndpoint: `${server.url}/token`,
    }),
  });
  onCleanUp(() => {
    auth.detach();
  });
  const codes: string[] = [];
  for (let n = 0; n < TIMES; n++) codes.push(await codeOf(api.get('/a')));
  return { codes, asked: server.requests.filter(({ url }) => url === '/token').length };
}

test('G12: an API that ends every session of a service makes it ask once for each request', async () => {
  const ended: Handler = (_request, response) => json(response, 401, { code: 'TOKEN_REVOKED' });
  const { codes, asked } = await serve(grant, ended);
  expect(codes).toEqual(Array(TIMES).fill('ERR_AUTH_SESSION_EXPIRED'));
  expect(asked).toBe(TIMES);
});

test('G12: so does an auth server that refuses a service', async () => {
  const { codes, asked } = await serve(refuseWith('invalid_grant'));
  expect(codes).toEqual(Array(TIMES).fill('ERR_AUTH_SESSION_EXPIRED'));
  expect(asked).toBe(TIMES);
});

test('G12: an API that takes no token of a service for good makes it ask no more after a while', async () => {
  const expired: Handler = (_request, response) => json(response, 401, { code: 'TOKEN_EXPIRED' });
  const { codes, asked } = await serve(grant, expired);
  expect(new Set(codes)).toEqual(new Set(['ERR_AUTH_REFRESH_LOOP']));
  expect(asked).toBeLessThanOrEqual(6);
});

test('a wrong secret is called by its name, however often', async () => {
  const { codes } = await serve(refuseWith('invalid_client', 401));
  expect(codes).toEqual(Array(TIMES).fill('ERR_AUTH_CONFIG'));
});
