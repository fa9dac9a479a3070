import type { ServerResponse } from 'node:http';
import { cleanUp } from '../support/rig';
import { json, startServer } from '../support/http-server';
import { fieldsOf, grant, openBareSession, TOKENS, type BareOptions } from './bare-server';

afterEach(cleanUp);

const OIDC = '/.well-known/openid-configuration';
const OAUTH = '/.well-known/oauth-authorization-server';

interface Published {
  /** The path of the issuer. @default '' */
  path?: string;
  /** Where the metadata are to be found. @default the path of OpenID Connect Discovery */
  at?: string;
  /** What stands in the metadata beside, or in place. */
  metadata?: Record<string, unknown>;
  /** Answers in place of the metadata, for as long as it gives true. */
  before?(response: ServerResponse, url: string): boolean;
}

/** A server with metadata; `/token-here` grants. */
async function publish({ path = '', at = `${path}${OIDC}`, metadata, before }: Published = {}) {
  const server = await startServer((request, response, index) => {
    const { url } = request;
    if (url.includes('.well-known')) {
      if (before?.(response, url)) return;
      const base = { issuer: `${server.url}${path}`, token_endpoint: `${server.url}/token-here` };
      if (url === at) json(response, 200, { ...base, ...metadata });
      else json(response, 404, {});
    } else if (url === '/token-here') grant(request, response, index);
    else response.end();
  });
  const issuer = `${server.url}${path}`;
  const open = (options: BareOptions = {}) => openBareSession(server, { issuer, ...options });
  return { server, issuer, open, urls: () => server.requests.map(({ url }) => url) };
}

const codeOf = (auth: { refresh(): Promise<unknown> }): Promise<string> =>
  auth.refresh().then(
    () => 'ok',
    (error: unknown) => (error as { code: string }).code,
  );

test('the metadata of OpenID Connect are asked for first, and only once', async () => {
  const { open, urls, server } = await publish();
  const { auth } = open();
  await auth.refresh();
  await auth.refresh();
  expect(urls()).toEqual([OIDC, '/token-here', '/token-here']);
  expect(server.requests[0]).toMatchObject({ method: 'GET' });
  expect(server.requests[0]?.headers.authorization).toBeUndefined();
});

test.each([
  ['', [OIDC, OAUTH]],
  ['/', [OIDC, OAUTH]],
  ['/tenant/1', [`/tenant/1${OIDC}`, `${OAUTH}/tenant/1`]],
  ['/tenant/', [`/tenant${OIDC}`, `${OAUTH}/tenant`]],
])('of the issuer "%s" those of RFC 8414 come second', async (path, [first = '', second = '']) => {
  const { open, urls } = await publish({ path, at: second });
  await open().auth.refresh();
  expect(urls()).toEqual([first, second, '/token-here']);
});

test.each<[string, unknown]>([
  ['of another issuer', 'https://somebody.example.test'],
  ['with a slash that the option has not', 'SLASH'],
  ['of nobody', undefined],
])('metadata %s are not used (RFC 8414 §3.3)', async (_what, issuer) => {
  const metadata: Record<string, unknown> = { issuer };
  const published = await publish({ metadata });
  if (issuer === 'SLASH') metadata.issuer = `${published.issuer}/`;
  const { auth } = published.open();
  expect(await codeOf(auth)).toBe('ERR_AUTH_CONFIG');
  expect(published.urls()).toEqual([OIDC]);
  expect(await auth.getTokens()).toEqual(TOKENS);
});

test.each<[string, unknown]>([
  ['over plain http', 'http://id.example.test/token'],
  ['of another scheme', 'javascript:alert(1)'],
  ['without a host', '/token'],
  ['with a fragment', 'https://id.example.test/token#x'],
  ['that is none', 5],
])('a token endpoint %s is refused', async (_what, token_endpoint) => {
  const { open, urls } = await publish({ metadata: { token_endpoint } });
  const { auth } = open();
  await expect(auth.refresh()).rejects.toMatchObject({
    code: 'ERR_AUTH_CONFIG',
    message: expect.stringContaining('token_endpoint') as string,
  });
  expect(urls()).toEqual([OIDC]);
});

test('so is a revocation endpoint over plain http', async () => {
  const metadata = { revocation_endpoint: 'http://id.example.test/revoke' };
  expect(await codeOf((await publish({ metadata })).open().auth)).toBe('ERR_AUTH_CONFIG');
});

test('metadata without a token endpoint are a wrong configuration', async () => {
  const { open } = await publish({ metadata: { token_endpoint: undefined } });
  expect(await codeOf(open().auth)).toBe('ERR_AUTH_CONFIG');
});

test('where there are no metadata, the message names both places', async () => {
  const { open, issuer } = await publish({ at: '/nowhere' });
  const { auth } = open();
  await expect(auth.refresh()).rejects.toMatchObject({
    code: 'ERR_AUTH_CONFIG',
    message: expect.stringMatching(`${issuer}${OIDC}.*${issuer}${OAUTH}`) as string,
  });
});

test.each([429, 500, 503])('G10: metadata that are away (%i) are read later', async (status) => {
  let faults = 1;
  const before = (response: ServerResponse): boolean => {
    if (faults-- > 0) json(response, status, {});
    return faults >= 0;
  };
  const { open, urls } = await publish({ before });
  const { auth } = open();
  expect(await codeOf(auth)).toBe('ERR_AUTH_REFRESH_FAILED');
  expect(urls()).toEqual([OIDC]);
  expect(await codeOf(auth)).toBe('ok');
  expect(urls()).toEqual([OIDC, OIDC, '/token-here']);
});

test('G10: a connection that breaks over the metadata is tried again', async () => {
  let faults = 1;
  const before = (response: ServerResponse): boolean => {
    if (faults-- > 0) response.destroy();
    return faults >= 0;
  };
  const { open } = await publish({ before });
  expect(await codeOf(open({ options: { refreshRetries: 1 } }).auth)).toBe('ok');
});

test('a fault in the metadata is not remembered', async () => {
  const metadata: Record<string, unknown> = { issuer: 'https://somebody.example.test' };
  const { open } = await publish({ metadata });
  const { auth } = open();
  expect(await codeOf(auth)).toBe('ERR_AUTH_CONFIG');
  delete metadata.issuer;
  expect(await codeOf(auth)).toBe('ok');
});

test.each([
  [['client_secret_post'], 'post'],
  [['private_key_jwt', 'client_secret_post'], 'post'],
  [['client_secret_basic', 'client_secret_post'], 'basic'],
  [['private_key_jwt'], 'basic'],
  [undefined, 'basic'],
  ['client_secret_post', 'basic'],
])('with the methods %j the secret is shown by %s', async (methods, way) => {
  const metadata = { token_endpoint_auth_methods_supported: methods };
  const { open, server } = await publish({ metadata });
  await open({ clientSecret: 'secret-1' }).auth.refresh();
  const request = server.requests[1]!;
  const inForm = fieldsOf(request).some(([name]) => name === 'client_secret');
  expect([inForm, 'authorization' in request.headers]).toEqual([way === 'post', way === 'basic']);
});

test('the method of the options wins over the metadata', async () => {
  const metadata = { token_endpoint_auth_methods_supported: ['client_secret_post'] };
  const { open, server } = await publish({ metadata });
  const clientAuthentication = 'client_secret_basic';
  await open({ clientSecret: 'secret-1', clientAuthentication }).auth.refresh();
  expect(server.requests[1]?.headers.authorization).toMatch(/^Basic /);
});

test('an endpoint of the options wins over the metadata', async () => {
  const { open, urls, server } = await publish({
    metadata: { token_endpoint: 'https://wrong.example.test/token' },
  });
  await open({ tokenEndpoint: `${server.url}/token-here` }).auth.refresh();
  expect(urls()).toEqual([OIDC, '/token-here']);
});

test('signing out revokes where the metadata say', async () => {
  const metadata: Record<string, unknown> = {};
  const { open, urls, server } = await publish({ metadata });
  metadata.revocation_endpoint = `${server.url}/revoke-here`;
  const { auth } = open();
  await auth.signOut();
  expect(urls()).toEqual([OIDC, '/revoke-here']);
});
