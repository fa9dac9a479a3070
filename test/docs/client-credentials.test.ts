import type { AxiosInstance } from 'axios';
import type { AuthSession } from '../../src/index';
import { createWorld, expire, requests, SERVICE, statusesOf, type World } from '../oauth2/world';
import { LIFETIME } from '../oauth2/authorization-server';
import { controlClocks } from '../support/clocks';
import { json, startServer } from '../support/http-server';
import { cleanUp, onCleanUp } from '../support/rig';
import { codeOf } from '../support/token-server';
import { runPage } from './run-page';

interface Service {
  api: AxiosInstance;
  auth: AuthSession;
}

interface Given {
  env?: Record<string, string>;
  /** @default that of the world */
  apiURL?: string;
}

afterEach(cleanUp);

const ENV = { CLIENT_ID: SERVICE.id, CLIENT_SECRET: SERVICE.secret };

async function startService({ server, resource }: World, given: Given = {}): Promise<Service> {
  const { env = ENV, apiURL = resource.url } = given;
  const addresses = { 'https://api.example.com': apiURL, 'https://id.example.com': server.url };
  const scope = { process: { env } };
  const service = await runPage<Service>('docs/sign-in/client-credentials.md', addresses, scope);
  onCleanUp(() => {
    service.auth.detach();
  });
  return service;
}

const createServiceWorld = (): Promise<World> => createWorld('oidc-provider', SERVICE);

test('the first requests get one token between them, for the scope and the API', async () => {
  const world = await createServiceWorld();
  const { api, auth } = await startService(world);
  expect(await statusesOf(requests(api, 10))).toEqual(Array(10).fill(200));
  expect((await world.server.counts()).granted).toEqual({ client_credentials: 1 });
  const accessToken = (await auth.getAccessToken()) ?? '';
  expect(await world.server.introspect(accessToken)).toMatchObject({
    scope: 'read',
    aud: world.resource.url,
  });
});

test('an expired token is replaced once, and the requests are sent again', async () => {
  const world = await createServiceWorld();
  const { api } = await startService(world);
  await api.get('/reports');
  await expire(world);
  expect(await statusesOf(requests(api, 10))).toEqual(Array(10).fill(200));
  expect((await world.server.counts()).granted).toEqual({ client_credentials: 2 });
});

test('signing out gives the token back, and requests go without until refresh()', async () => {
  const world = await createServiceWorld();
  const { api, auth } = await startService(world);
  const accessToken = (await auth.getAccessToken()) ?? '';
  await auth.signOut();
  expect(await world.server.introspect(accessToken)).toEqual({ active: false });
  expect(await codeOf(api.get('/reports'))).toBe('ERR_BAD_REQUEST');
  expect(world.resource.tokens).toStrictEqual([undefined]);
  await auth.refresh();
  expect((await api.get('/reports')).status).toBe(200);
});

test('a missing secret is a TypeError that names the option', async () => {
  const world = await createServiceWorld();
  const starting = startService(world, { env: { CLIENT_ID: SERVICE.id } });
  await expect(starting).rejects.toThrow(/"clientSecret"/);
});

test('a wrong secret is a wrong configuration, and is not tried twice', async () => {
  const world = await createServiceWorld();
  const { api } = await startService(world, { env: { ...ENV, CLIENT_SECRET: 'wrong' } });
  expect(await codeOf(api.get('/reports'))).toBe('ERR_AUTH_CONFIG');
  expect((await world.server.counts()).refused).toEqual({ invalid_client: 1 });
});

test('while the auth server is down the token serves until it expires', async () => {
  const clocks = controlClocks();
  const world = await createServiceWorld();
  // That of the world would ask the auth server about the token.
  const { url: apiURL } = await startServer((_request, response) => {
    json(response, 200, {});
  });
  const { api } = await startService(world, { apiURL });
  await api.get('/reports');
  await world.server.down();
  clocks.pass((LIFETIME - 10) * 1000);
  expect(await codeOf(api.get('/reports'))).toBe('ok');
  clocks.pass(10_000);
  expect(await codeOf(api.get('/reports'))).toBe('ERR_AUTH_REFRESH_FAILED');
  await world.server.up();
  expect(await codeOf(api.get('/reports'))).toBe('ok');
});

test('G12: an API that refuses the new token as well ends in a loop error', async () => {
  const world = await createServiceWorld();
  const refusing = await startServer((_request, response) => {
    json(response, 401, {}, { 'www-authenticate': 'Bearer error="invalid_token"' });
  });
  const { api } = await startService(world, { apiURL: refusing.url });
  expect(await codeOf(api.get('/reports'))).toBe('ERR_AUTH_REFRESH_LOOP');
});

test('an API that ends the session costs one request', async () => {
  const world = await createServiceWorld();
  const api = await startServer((_request, response, index) => {
    if (index === 0) json(response, 401, { code: 'TOKEN_REVOKED' });
    else json(response, 200, {});
  });
  const service = await startService(world, { apiURL: api.url });
  expect(await codeOf(service.api.get('/reports'))).toBe('ERR_AUTH_SESSION_EXPIRED');
  expect(await codeOf(service.api.get('/reports'))).toBe('ok');
  const [first, second] = api.requests.map(({ headers }) => headers.authorization);
  expect(second).not.toBe(first);
});
