import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { installPacked, type Consumer } from './pack';

jest.setTimeout(240_000);

let consumer: Consumer;
beforeAll(() => {
  consumer = installPacked();
});
afterAll(() => {
  consumer.remove();
});

const NAMES = [
  'AuthError',
  'anyUnauthorized',
  'attachAuthInterceptors',
  'cachedStore',
  'defaultClassify',
  'isAuthError',
  'keyValueStore',
  'memoryStore',
  'oncePerToken',
  'parseChallenges',
  'webStorageStore',
];

/** The same program in both module systems: signs in, recovers from an expiry, prints what it saw. */
const PROGRAM = `
const adapter = async (config) => {
  const ok = String(config.headers.get('Authorization')) === 'Bearer second';
  const response = {
    data: JSON.stringify(ok ? { hello: 'world' } : { code: 'TOKEN_EXPIRED' }),
    status: ok ? 200 : 401, statusText: '', headers: {}, config,
  };
  if (ok) return response;
  throw new axios.AxiosError('401', 'ERR_BAD_REQUEST', config, null, response);
};
const api = axios.create({ baseURL: 'https://api.example.com', adapter });
const auth = lib.attachAuthInterceptors(api, { refresh: async () => ({ accessToken: 'second' }) });
auth.signIn({ accessToken: 'first' })
  .then(() => api.get('/'))
  .then(({ data }) => console.log(JSON.stringify({ data, names: Object.keys(lib).filter((n) => n !== 'default').sort() })));
`;

const OUTCOME = { data: { hello: 'world' }, names: NAMES };

test('the tarball works by import', () => {
  const program = `import axios from 'axios';\nimport * as lib from 'axios-auth-interceptors';\n${PROGRAM}`;
  writeFileSync(join(consumer.folder, 'program.mjs'), program);
  expect(JSON.parse(consumer.run('node', 'program.mjs'))).toEqual(OUTCOME);
});

test('the tarball works by require', () => {
  const program = `const axios = require('axios');\nconst lib = require('axios-auth-interceptors');\n${PROGRAM}`;
  writeFileSync(join(consumer.folder, 'program.cjs'), program);
  expect(JSON.parse(consumer.run('node', 'program.cjs'))).toEqual(OUTCOME);
});

test.each([
  ['import', 'oauth2.mjs', "import { oauth2Refresh } from 'axios-auth-interceptors/oauth2';"],
  ['require', 'oauth2.cjs', "const { oauth2Refresh } = require('axios-auth-interceptors/oauth2');"],
])('the entry for OAuth 2.0 works by %s', (_how, file, line) => {
  const use = "oauth2Refresh({ issuer: 'https://id.example.com', clientId: 'web' })";
  writeFileSync(join(consumer.folder, file), `${line}\nconsole.log(typeof ${use}.revoke);`);
  expect(consumer.run('node', file).trim()).toBe('function');
});

test.each([
  ['import', 'fetch.mjs', (names: string, from: string) => `import { ${names} } from '${from}';`],
  [
    'require',
    'fetch.cjs',
    (names: string, from: string) => `const { ${names} } = require('${from}');`,
  ],
])('the entry for fetch works by %s', (_how, file, take) => {
  const program = `
${take('create', 'axios')}
${take('attachAuthInterceptors, isAuthError', 'axios-auth-interceptors')}
${take('createAuthFetch', 'axios-auth-interceptors/fetch')}
const auth = attachAuthInterceptors(create(), { refresh: () => null });
const authFetch = createAuthFetch(auth, {
  allowedOrigins: ['https://api.example.com'],
  fetch: async (url, { headers }) => new Response(url + headers.get('authorization')),
});
auth.signIn({ accessToken: 'first' })
  .then(() => authFetch('https://api.example.com/'))
  .then((answer) => answer.text())
  .then((text) => auth.signOut().then(() => console.log(text)));
`;
  writeFileSync(join(consumer.folder, file), program);
  expect(consumer.run('node', file).trim()).toBe('https://api.example.com/Bearer first');
});

test.each([
  ['import', 'react.mjs', (names: string, from: string) => `import { ${names} } from '${from}';`],
  [
    'require',
    'react.cjs',
    (names: string, from: string) => `const { ${names} } = require('${from}');`,
  ],
])('the entry for React works by %s', (_how, file, take) => {
  const program = `
${take('createElement', 'react')}
${take('renderToString', 'react-dom/server')}
${take('AuthProvider, useAuth', 'axios-auth-interceptors/react')}
${take('attachAuthInterceptors', 'axios-auth-interceptors')}
${take('create', 'axios')}
const session = attachAuthInterceptors(create({ baseURL: 'https://api.example.com' }), { refresh: () => null });
const App = () => useAuth().status;
console.log(renderToString(createElement(AuthProvider, { session }, createElement(App))));
`;
  writeFileSync(join(consumer.folder, file), program);
  expect(consumer.run('node', file).trim()).toBe('unknown');
});

test.each(['react.mjs', 'react.cjs'])('%s is marked for the client', (file) => {
  const built = join(consumer.folder, 'node_modules/axios-auth-interceptors/dist', file);
  expect(readFileSync(built, 'utf8')).toMatch(/^["']use client["'];/);
});

const pagesAndPlot = (): string[] =>
  readdirSync(resolve(__dirname, '../../docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:md|svg)$/.test(name))
    .map((name) => `docs/${name.replaceAll('\\', '/')}`);

test('the tarball holds the build, a folder for each entry, README, its pages and plot, LICENSE and CHANGELOG, and nothing else', () => {
  // The folders of the entries are held to `exports` by entries.test.ts.
  const outside = consumer.files.filter((file) => !/^dist\/|^[^/]+\/package\.json$/.test(file));
  expect(outside).toEqual(
    ['CHANGELOG.md', 'LICENSE', 'README.md', ...pagesAndPlot(), 'package.json'].sort(),
  );
  const built = consumer.files.filter((file) => file.startsWith('dist/'));
  expect(built.filter((file) => !/\.(?:mjs|cjs|d\.mts|d\.cts)$/.test(file))).toEqual([]);
});

const TYPES = `
import axios from 'axios';
import { attachAuthInterceptors, isAuthError, memoryStore } from 'axios-auth-interceptors';
import type { AuthSession, Tokens, TokenStore } from 'axios-auth-interceptors';
import { createAuthFetch } from 'axios-auth-interceptors/fetch';
import { AuthProvider, useAccessToken, useAuth } from 'axios-auth-interceptors/react';

interface MyTokens extends Tokens { user: { id: string } }
const api = axios.create({ baseURL: 'https://api.example.com' });
const store: TokenStore<MyTokens> = memoryStore<MyTokens>();
const auth: AuthSession<MyTokens> = attachAuthInterceptors<MyTokens>(api, {
  tokenStore: store,
  refresh: async (tokens, { client, signal }) =>
    (await client.post<MyTokens>('/auth/refresh', { refreshToken: tokens?.refreshToken }, { signal })).data,
  onSignedOut: (error) => { const code: string | undefined = error?.code; void code; },
});
void auth.getTokens().then((tokens) => tokens?.user.id);
void api.get('/health', { skipAuth: true });
// @ts-expect-error skipAuth is a boolean
void api.get('/health', { skipAuth: 'yes' });
// @ts-expect-error refresh is required
attachAuthInterceptors(api, {});
// @ts-expect-error no such option
attachAuthInterceptors(api, { refresh: async () => null, refreshTimeOut: 5 });
// @ts-expect-error a sign-in needs an access token
void auth.signIn({ refreshToken: 'x', user: { id: '1' } });
const authFetch: typeof fetch = createAuthFetch(auth, { allowedOrigins: [/example/], fetch });
void authFetch(new URL('https://api.example.com'));
void createAuthFetch(auth)('/health', { skipAuth: true });
// @ts-expect-error no such option
createAuthFetch(auth, { baseURL: 'https://api.example.com' });
AuthProvider({ session: auth });
// @ts-expect-error a session is what attachAuthInterceptors gives
AuthProvider({ session: api });
const { status } = useAuth();
if (status === 'unknown') void 0;
// @ts-expect-error a renewal is nothing to a component
if (status === 'refreshing') void 0;
void useAuth<MyTokens>().getTokens().then((tokens) => tokens?.user.id);
const token: string | null = useAccessToken();
void token;
try { void 0; } catch (error) { if (isAuthError(error)) { const code: 'ERR_AUTH_STORE' | string = error.code; void code; } }
`;

const PAGE = { lib: ['es2022', 'dom'], types: [] };
const NODE = { lib: ['es2022', 'dom', 'esnext.disposable'], types: ['node'] };

test.each([
  ['an ES module', 'consumer.mts', NODE],
  ['a CommonJS module', 'consumer.cts', NODE],
  ['a page, without the types of Node', 'page.mts', PAGE],
])('the types hold for %s', (_world, file, world) => {
  const source = file.endsWith('.cts')
    ? TYPES.replace("import axios from 'axios';", "import axios = require('axios');")
    : TYPES;
  writeFileSync(join(consumer.folder, file), source);
  const options = { noEmit: true, strict: true, module: 'nodenext', target: 'es2022', ...world };
  const project = JSON.stringify({ compilerOptions: options, files: [file] });
  writeFileSync(join(consumer.folder, 'tsconfig.json'), project);
  const tsc = resolve(__dirname, '../../node_modules/typescript/bin/tsc');
  const output = (() => {
    try {
      return consumer.run('node', tsc, '--project', '.');
    } catch (error) {
      return String((error as { stdout?: unknown }).stdout);
    }
  })();
  expect(output).toBe('');
});
