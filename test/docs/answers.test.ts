import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import * as library from '../../src/index';
import type { AuthOptions } from '../../src/index';
import { cleanUp, codeOf, openSession } from '../support/session';
import { startServer } from '../support/http-server';
import { root, snippetsOf, typeErrors } from './snippets';

jest.setTimeout(120_000);
afterEach(cleanUp);

const page = readFileSync(join(root, 'docs/recipes.md'), 'utf8');
const [, section = ''] = page.split('\n## My server says …\n');
const [table = ''] = section.split('\n## ');
const rows = [...table.matchAll(/^\| (.+?) +\| (\d{3}) +\| `(.+?)` +\| (.+?) +\|$/gm)].map(
  ([, name = '', status = '', answer = '', set = '']) => ({
    name,
    status: Number(status),
    answer,
    options: set === 'nothing' ? '' : set.replace(/^`|`$/g, ''),
  }),
);
const helper = snippetsOf('docs/recipes.md').find(({ code }) =>
  code.includes('const refreshWhere'),
);
const code = helper?.code ?? '';

// Of this realm, so that a snippet has the globals of this file.
const ClassOfFunctions = (() => undefined).constructor as new (
  ...parts: string[]
) => (...given: unknown[]) => void;

/** The options of a row, as code beside the snippet of the page. */
function optionsOf(text: string): Partial<AuthOptions> {
  const { outputText } = ts.transpileModule(`${code}\nexport const options = { ${text} };`, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const exported: { options?: Partial<AuthOptions> } = {};
  const run = new ClassOfFunctions('exports', 'require', 'anyUnauthorized', outputText);
  run(exported, () => library, library.anyUnauthorized);
  return exported.options ?? {};
}

/** A request with an old token to a server that answers it so: how it ends, and after how many refreshes. */
async function outcome({ status, answer }: (typeof rows)[number], options: Partial<AuthOptions>) {
  const [, challenge] = /^WWW-Authenticate: (.+)/.exec(answer) ?? [];
  const server = await startServer(({ url, headers }, response) => {
    const isGood = headers.authorization === 'Bearer new' || url === '/auth/refresh';
    response.writeHead(isGood ? 200 : status, {
      'content-type': answer.includes('urn:') ? 'application/problem+json' : 'application/json',
      ...(challenge && !isGood && { 'www-authenticate': challenge }),
    });
    if (isGood) response.end(JSON.stringify({ accessToken: 'new', user: 'alice' }));
    else response.end(challenge ? '' : answer);
  });
  const { api } = openSession(
    { url: server.url },
    {
      tokens: { accessToken: 'old', refreshToken: 'r' },
      refresh: async (_tokens, { client }) => (await client.post('/auth/refresh')).data,
      ...options,
    },
  );
  const sent = api.get<{ user?: string }>('/profile');
  const user = await sent.then(({ data }) => data.user).catch(() => undefined);
  return {
    end: user ?? (await codeOf(sent)),
    paths: server.requests.map(({ url }) => url),
  };
}

const RENEWED = { end: 'alice', paths: ['/profile', '/auth/refresh', '/profile'] };

test('the table has a row for each server, and its options have their types', () => {
  expect(rows).toHaveLength(12);
  const snippets = rows.map(({ name, options }) => ({
    name,
    language: 'ts' as const,
    code: `import { anyUnauthorized } from 'axios-auth-interceptors';\n${code}
      attachAuthInterceptors(api, { ${options ? `${options},` : ''} refresh });
      export { anyUnauthorized };`,
  }));
  expect(typeErrors(snippets, { exactOptionalPropertyTypes: true })).toEqual([]);
});

describe.each(rows)('$name: $status $answer', (row) => {
  test(`is renewed and sent again with: ${row.options || 'nothing set'}`, async () => {
    expect(await outcome(row, optionsOf(row.options))).toEqual(RENEWED);
  });

  if (row.options) {
    test('is not without', async () => {
      expect((await outcome(row, {})).paths).toEqual(['/profile']);
    });
  }
});

test('with anyUnauthorized a wrong password keeps who is signed in, if the login has skipAuth', async () => {
  const server = await startServer(({ url }, response) => {
    response.writeHead(401, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ path: url }));
  });
  const { api, auth } = openSession(
    { url: server.url },
    { tokens: { accessToken: 'old' }, classify: library.anyUnauthorized },
  );
  const wrong = { username: 'alice', password: 'wrong' };
  await expect(api.post('/auth/login', wrong, { skipAuth: true })).rejects.toMatchObject({
    response: { data: { path: '/auth/login' } },
  });
  expect(server.requests).toHaveLength(1);
  expect((await auth.getTokens())?.accessToken).toBe('old');
  expect(await codeOf(api.post('/auth/login', wrong))).toBe('ERR_AUTH_SESSION_EXPIRED');
});
