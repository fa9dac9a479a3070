import axios from 'axios';
import { attachAuthInterceptors, memoryStore } from '../../src/index';
import { oauth2Refresh } from '../../src/oauth2/index';
import { cleanUp } from '../support/rig';
import { codeOf } from '../support/token-server';
import type { Handler } from '../support/http-server';
import {
  answerWith,
  openBareSession,
  refuseWith,
  startBareServer,
  told,
  TOKENS,
} from './bare-server';

afterEach(cleanUp);

async function refreshWith(answer: Handler) {
  const server = await startBareServer(answer);
  const session = openBareSession(server);
  const error = await session.auth.refresh().then(
    () => undefined,
    (fault: unknown) => fault as Error & { code: string },
  );
  await told();
  const { onSignedOut, store } = session;
  const ends = onSignedOut.mock.calls.length;
  return { ...session, code: error?.code ?? 'ok', error, ends, held: await store.get() };
}

test.each([
  'invalid_grant',
  'interaction_required',
  'login_required',
  'consent_required',
  'account_selection_required',
])('G11: %s ends the session', async (name) => {
  const { code, ends, held, error } = await refreshWith(refuseWith(name));
  expect({ code, ends, held }).toEqual({ code: 'ERR_AUTH_SESSION_EXPIRED', ends: 1, held: null });
  expect(error?.message).toContain(`${name} (for a reason)`);
});

test.each([
  ['invalid_client', 401, 'clientSecret'],
  ['invalid_client', 400, 'clientSecret'],
  ['unauthorized_client', 400, 'this client'],
  ['unsupported_grant_type', 400, 'grantType'],
  ['invalid_request', 400, 'extraParameters'],
  ['invalid_scope', 400, 'scope'],
  ['invalid_target', 400, 'resource'],
  ['incorrect_client_credentials', 200, 'clientSecret'],
  ['use_dpop_nonce', 401, 'bearer tokens only'],
])('%s (%i) is a wrong configuration that no user can fix', async (name, status, advice) => {
  const { code, ends, held, error } = await refreshWith(refuseWith(name, status));
  expect({ code, ends, held }).toEqual({ code: 'ERR_AUTH_CONFIG', ends: 0, held: TOKENS });
  expect(error?.message).toContain(`${name} (for a reason)`);
  expect(error?.message).toContain(advice);
});

test.each<[string, Handler]>([
  ['a 400 with an error that nobody knows', refuseWith('some_other_error')],
  ['a 400 with the name of what every object has', refuseWith('constructor')],
  ['a 400 that is a page', answerWith(400, '<h1>Bad request</h1>')],
  ['a 401 that is a page', answerWith(401, '<h1>Who are you?</h1>')],
  ['a 403 that is a page', answerWith(403, '<h1>Blocked</h1>')],
  ['a 400 whose error is no text', answerWith(400, { error: { code: 'invalid_grant' } })],
  ['a 200 with an error that nobody knows', refuseWith('bad_refresh_token', 200)],
  ['a 404 with invalid_grant', refuseWith('invalid_grant', 404)],
])('G11: %s ends the session', async (_what, answer) => {
  const { code, ends, held } = await refreshWith(answer);
  expect({ code, ends, held }).toEqual({ code: 'ERR_AUTH_SESSION_EXPIRED', ends: 1, held: null });
});

test.each<[string, Handler]>([
  ['a 404', answerWith(404, '<h1>Not found</h1>')],
  ['a 502 of a proxy', answerWith(502, '<h1>Bad gateway</h1>')],
  ['a 400 that says it is temporary', refuseWith('temporarily_unavailable')],
  ['a 200 that says so', refuseWith('slow_down', 200)],
])('G10: %s ends no session', async (_what, answer) => {
  const { code, ends, held } = await refreshWith(answer);
  expect({ code, ends, held }).toEqual({ code: 'ERR_AUTH_REFRESH_FAILED', ends: 0, held: TOKENS });
});

test('a page is not quoted in the message', async () => {
  const { error } = await refreshWith(answerWith(404, '<h1>Blocked</h1>'));
  expect(error?.message).toContain('404');
  expect(error?.message).not.toContain('Blocked');
});

test('an error that comes with 200 is an error', async () => {
  expect((await refreshWith(refuseWith('invalid_grant', 200))).code).toBe(
    'ERR_AUTH_SESSION_EXPIRED',
  );
  expect((await refreshWith(refuseWith('invalid_client', 200))).code).toBe('ERR_AUTH_CONFIG');
});

test('control characters and endless descriptions do not get into the message', async () => {
  const body = { error: 'invalid_grant', error_description: `\u001b[31m\n${'x'.repeat(5_000)}` };
  const { error } = await refreshWith(answerWith(400, body));
  expect(error?.message).not.toMatch(/[^\x20-\x7e]/);
  expect(error?.message.length).toBeLessThan(500);
});

test.each(['mac', 'DPoP', 'N_A'])('G13: a token of the type %s is not used', async (type) => {
  const answer = answerWith(200, { access_token: 'access-token-1', token_type: type });
  const { code, held, error } = await refreshWith(answer);
  expect({ code, held }).toEqual({ code: 'ERR_AUTH_INVALID_TOKENS', held: TOKENS });
  expect(error?.message).toContain(type);
});

test.each(['bearer', 'BEARER', undefined])('the type %s is a bearer token', async (type) => {
  const answer = answerWith(200, { access_token: 'access-token-1', token_type: type });
  expect((await refreshWith(answer)).code).toBe('ok');
});

test.each<[string, unknown]>([
  ['no access token', { token_type: 'Bearer' }],
  ['a page', '<h1>Welcome</h1>'],
  ['nothing', ''],
  ['null', null],
  ['tokens in an envelope', { status: 'success', data: { access_token: 'access-token-1' } }],
  ['a message', { message: 'OK', token: 'access-token-1' }],
])('G13: 200 with %s keeps the tokens', async (_what, body) => {
  const { code, held } = await refreshWith(answerWith(200, body));
  expect({ code, held }).toEqual({ code: 'ERR_AUTH_INVALID_TOKENS', held: TOKENS });
});

test('G13: tokens beside an error that is empty are tokens', async () => {
  const body = { access_token: 'access-token-1', error: '', error_description: '' };
  expect((await refreshWith(answerWith(200, body))).code).toBe('ok');
});

test('G13: the old refresh token stays where the answer brings none (RFC 6749 §6)', async () => {
  const body = { access_token: 'access-token-1', token_type: 'Bearer', expires_in: 60 };
  const { held } = await refreshWith(answerWith(200, body));
  expect(held).toMatchObject({ accessToken: 'access-token-1', refreshToken: 'refresh-token-0' });
});

test.each([200, 201, 202, 299])('G13: %i brings tokens, like any 2xx', async (status) => {
  const body = { access_token: 'access-token-1', refresh_token: 'refresh-token-1' };
  const { code, held } = await refreshWith(answerWith(status, body));
  expect({ code, held }).toMatchObject({
    code: 'ok',
    held: { accessToken: 'access-token-1', refreshToken: 'refresh-token-1' },
  });
});

test('JSON is read whatever type it claims to be', async () => {
  const body = JSON.stringify({ access_token: 'access-token-1', token_type: 'Bearer' });
  expect((await refreshWith(answerWith(200, body))).held).toMatchObject({
    accessToken: 'access-token-1',
  });
  expect((await refreshWith(answerWith(400, '{"error":"invalid_grant"}'))).code).toBe(
    'ERR_AUTH_SESSION_EXPIRED',
  );
});

test('G15: every request that waits learns the same', async () => {
  const server = await startBareServer(refuseWith('invalid_grant'));
  const { api, auth, store, onSignedOut } = openBareSession(server);
  await store.set({ ...TOKENS, expiresAt: Date.now() - 1 });
  const requests = Array.from({ length: 10 }, () => codeOf(api.get('/a')));
  expect(await Promise.all(requests)).toEqual(Array(10).fill('ERR_AUTH_SESSION_EXPIRED'));
  expect(server.requests).toHaveLength(1);
  await told();
  expect(onSignedOut).toHaveBeenCalledTimes(1);
  expect(auth.status).toBe('signed-out');
});

test.each([
  ['invalid_grant', 400, 'ERR_AUTH_SESSION_EXPIRED'],
  ['invalid_client', 401, 'ERR_AUTH_CONFIG'],
  ['temporarily_unavailable', 503, 'ERR_AUTH_REFRESH_FAILED'],
])('G33: the error %s is a property of the AuthError', async (name, status, expected) => {
  const server = await startBareServer(...Array<Handler>(5).fill(refuseWith(name, status)));
  const { api, auth } = openBareSession(server, { options: { refreshRetries: 0 } });
  const error: unknown = await auth.refresh().catch((fault: unknown) => fault);
  expect(error).toMatchObject({ code: expected, oauthError: name });
  expect(api).toBeDefined();
});

test('G34: credentials are removed from the property as well', async () => {
  const server = await startBareServer(refuseWith(`bad ${TOKENS.refreshToken}`));
  const { auth } = openBareSession(server);
  const error: unknown = await auth.refresh().catch((fault: unknown) => fault);
  expect(error).toMatchObject({ oauthError: 'bad [redacted]' });
});

test('G11: an answer without an OAuth error has no such property', async () => {
  const server = await startBareServer(answerWith(401, ''));
  const { auth } = openBareSession(server);
  const error: unknown = await auth.refresh().catch((fault: unknown) => fault);
  expect(error).toMatchObject({ code: 'ERR_AUTH_SESSION_EXPIRED' });
  expect(error).not.toHaveProperty('oauthError');
});

const FORM = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };

test('G13: tokens that come form-encoded are taken, with their lifetime', async () => {
  const form = 'access_token=gho%2D1&expires_in=28800&refresh_token=ghr-1&scope=&token_type=bearer';
  const server = await startBareServer(answerWith(200, form, FORM));
  const { auth, store } = openBareSession(server);
  const before = Date.now();
  await auth.refresh();
  const held = await store.get();
  expect(held).toMatchObject({ accessToken: 'gho-1', refreshToken: 'ghr-1' });
  expect(held?.expiresAt).toBeGreaterThanOrEqual(before + 28_800_000);
});

test('G11: an error that comes form-encoded with 200 ends the session', async () => {
  const form = 'error=bad_refresh_token&error_description=The+refresh+token+is+incorrect';
  const { code, held } = await refreshWith(answerWith(200, form, FORM));
  expect({ code, held }).toEqual({ code: 'ERR_AUTH_SESSION_EXPIRED', held: null });
});

test('G13: an answer with a status text of its own beside the tokens is no error', async () => {
  const body = { status: 'ok', message: 'refreshed', accessToken: 'next', refreshToken: 'then' };
  const { code, held } = await refreshWith(answerWith(200, body));
  expect({ code, held }).toMatchObject({ code: 'ok', held: { accessToken: 'next' } });
});

test('a refresh that is wrapped keeps the revocation where it is given as the option revoke', async () => {
  const server = await startBareServer(answerWith(200, ''));
  const tokenEndpoint = `${server.url}/token`;
  const oauth = oauth2Refresh({
    tokenEndpoint,
    revocationEndpoint: `${server.url}/revoke`,
    clientId: 'web',
  });
  const api = axios.create({ baseURL: server.url });
  const auth = attachAuthInterceptors(api, {
    tokenStore: memoryStore(TOKENS),
    refresh: (tokens, context) => oauth(tokens, context),
    revoke: oauth.revoke,
  });
  await auth.signOut();
  auth.detach();
  expect(server.requests.map(({ url }) => url)).toEqual(['/revoke']);
});
