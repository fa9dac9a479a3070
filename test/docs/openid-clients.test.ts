import { LIFETIME } from '../oauth2/authorization-server';
import { login, REDIRECT_URI } from '../oauth2/login';
import { createWorld, expire } from '../oauth2/world';
import { json, startServer, type Handler } from '../support/http-server';
import { cleanUp } from '../support/rig';
import { installClients } from './openid-clients/install';
import { buildRecipes, runRecipe } from './openid-clients/recipes';
import { moduleOf, OTHER_LIBRARIES, typeErrors } from './snippets';

jest.setTimeout(120_000);

beforeAll(installClients);
afterEach(cleanUp);

const SECRET = 'a-secret-of-the-server';

/** A provider with a client that has signed in, and whose access token is over. */
async function createExpired() {
  const world = await createWorld('oidc-provider', {
    id: 'server',
    secret: SECRET,
    method: 'client_secret_post',
    grants: ['authorization_code', 'refresh_token'],
    redirectUri: REDIRECT_URI,
  });
  const tokens = await login(world.server, world.client);
  await expire(world);
  const page = buildRecipes({ issuer: world.server.url, api: world.resource.url });
  return { ...world, tokens, page };
}

/** A provider that answers the refreshes in turn, and an API that knows the token `new` only. */
async function startScripted(...answers: Handler[]) {
  let refreshes = 0;
  const { url } = await startServer((request, response, index) => {
    const { origin } = new URL(`http://${request.headers.host}`);
    if (request.url.startsWith('/.well-known/')) {
      json(response, 200, { issuer: origin, token_endpoint: `${origin}/token` });
    } else if (request.url === '/token') answers[refreshes++]?.(request, response, index);
    else if (request.headers.authorization === 'Bearer new') json(response, 200, {});
    else json(response, 401, {}, { 'www-authenticate': 'Bearer error="invalid_token"' });
  });
  return { page: buildRecipes({ issuer: url, api: url }), refreshes: () => refreshes };
}

const busy: Handler = (_request, response) => {
  response.writeHead(503, { 'content-type': 'text/html' }).end('<h1>Service Unavailable</h1>');
};
const grant: Handler = (_request, response) => {
  json(response, 200, { access_token: 'new', token_type: 'Bearer', expires_in: 60 });
};
const refuse =
  (error: string, headers = {}): Handler =>
  (_request, response) => {
    json(response, 401, { error }, headers);
  };

const OLD = { access_token: 'old', refresh_token: 'old-refresh' };

test('E8: both answers are taken without a cast, by the types of the libraries', () => {
  expect(typeErrors([moduleOf(OTHER_LIBRARIES)])).toEqual([]);
});

describe.each(['withOpenidClient', 'withOauth4webapi'])('the recipe %s', (recipe) => {
  test('E8: renews with a real provider, and keeps the expiry', async () => {
    const { server, tokens, page } = await createExpired();
    const before = Date.now();
    const { outcome, held } = await runRecipe({ page, recipe, secret: SECRET, tokens });
    expect(outcome).toEqual({ status: 200 });
    expect((await server.counts()).granted).toMatchObject({ refresh_token: 1 });
    expect(held).toMatchObject({ refreshToken: expect.any(String), token_type: 'bearer' });
    expect(held).not.toHaveProperty('expiresIn');
    expect(held?.expiresAt).toBeGreaterThanOrEqual(before + LIFETIME * 1000);
  });

  test('G11: a refused refresh ends the session, and says which error it was', async () => {
    const { page, tokens } = await createExpired();
    const unknown = { ...tokens, refresh_token: 'unknown' } as typeof tokens;
    const { outcome, held } = await runRecipe({ page, recipe, secret: SECRET, tokens: unknown });
    expect(outcome).toMatchObject({
      code: 'ERR_AUTH_SESSION_EXPIRED',
      oauthError: 'invalid_grant',
    });
    expect(held).toBeNull();
  });

  test('G11: without a refresh token the session ends', async () => {
    const { page, refreshes } = await startScripted();
    const tokens = { access_token: 'old' };
    const { outcome, held } = await runRecipe({ page, recipe, secret: SECRET, tokens });
    expect([outcome.code, held, refreshes()]).toEqual(['ERR_AUTH_SESSION_EXPIRED', null, 0]);
  });

  test('a wrong secret ends no session', async () => {
    const { page, tokens } = await createExpired();
    const { outcome, held } = await runRecipe({ page, recipe, secret: 'wrong', tokens });
    expect(outcome.code).toBe('ERR_AUTH_CONFIG');
    expect(held).toMatchObject({ refreshToken: expect.any(String) });
  });

  test('a wrong secret ends no session where the answer has a challenge', async () => {
    const { page } = await startScripted(
      refuse('invalid_client', { 'www-authenticate': 'Basic realm="id"' }),
    );
    const { outcome, held } = await runRecipe({ page, recipe, secret: 'wrong', tokens: OLD });
    expect([outcome.code, held?.refreshToken]).toEqual(['ERR_AUTH_CONFIG', 'old-refresh']);
  });

  test('G10: the page of a proxy with 503 is tried again', async () => {
    const { page, refreshes } = await startScripted(busy, grant);
    const { outcome, held } = await runRecipe({ page, recipe, secret: SECRET, tokens: OLD });
    expect([outcome, refreshes()]).toEqual([{ status: 200 }, 2]);
    expect(held).toMatchObject({ accessToken: 'new', refreshToken: 'old-refresh' });
  });
});
