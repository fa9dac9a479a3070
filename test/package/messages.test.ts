import { join } from 'node:path';
import ts from 'typescript';
import { installPacked, type Consumer } from './pack';

jest.setTimeout(240_000);

let consumer: Consumer;
beforeAll(() => {
  consumer = installPacked();
});
afterAll(() => {
  consumer.remove();
});

const BEGINNING = `
import type { AxiosInstance } from 'axios';
import { attachAuthInterceptors, memoryStore, type Tokens } from 'axios-auth-interceptors';
declare const api: AxiosInstance;
interface Login { accessToken: string; refreshToken: string | null }
interface UserTokens extends Tokens { user: { id: string } }
declare function login(): Promise<Login>;
`;

/** An application that has named the types of the options before. */
const NAMED = `
import type { AuthOptions, CookieAuthOptions } from 'axios-auth-interceptors';
export const named: AuthOptions = { refresh: login };
export const other: CookieAuthOptions = { headerName: false, refresh: login };
`;

const REFRESH = "The types returned by 'refresh(...)' are incompatible between these types.";

/** The call, and: where TypeScript sees the mistake, and how its explanation begins, or what is in it. */
const MISTAKES: [what: string, call: string, at: string, says: string][] = [
  [
    'refresh gives the whole response',
    '(api, { refresh: (_, { client }) => client.post<Login>("/refresh") })',
    '{',
    `${REFRESH}.*'AxiosResponse<Login[^']*' is not assignable to type 'TokenResponse<Tokens> | null'`,
  ],
  [
    'refresh gives { token }',
    '(api, { refresh: async () => ({ token: "a" }) })',
    '{',
    `${REFRESH}.*'{ token: string; }' is not assignable to type 'TokenResponse<Tokens> | null'`,
  ],
  [
    'refresh gives what nobody has typed',
    '(api, { refresh: async (): Promise<unknown> => 5 })',
    '{',
    `${REFRESH}.*'unknown' is not assignable to type 'TokenResponse<Tokens> | null'`,
  ],
  [
    'refresh may give no access token',
    '(api, { refresh: async (): Promise<{ accessToken?: string }> => ({}) })',
    '{',
    `${REFRESH}.*Types of property 'accessToken' are incompatible`,
  ],
  [
    'refresh gives no user',
    '<UserTokens>(api, { refresh: login })',
    '{',
    `${REFRESH}.*Property 'user' is missing in type 'Login'`,
  ],
  [
    'no refresh',
    '(api, { tokenStore: memoryStore() })',
    '{',
    "Property 'refresh' is missing in type '{ tokenStore: TokenStore<Tokens>; }' but required",
  ],
  [
    'no refresh, for cookies',
    '(api, { headerName: false })',
    '{',
    "Property 'refresh' is missing in type '{ headerName: false; }' but required",
  ],
  [
    'a misspelt option',
    '(api, { refresh: login, tokenstore: memoryStore() })',
    'tokenstore',
    "^Object literal .* 'tokenstore' does not exist in type .* Did you mean to write 'tokenStore'?",
  ],
  [
    'an option of another library',
    '(api, { refresh: login, onLogout: () => undefined })',
    'onLogout',
    "^Object literal .* 'onLogout' does not exist in type",
  ],
  [
    'a storage in place of a store',
    '(api, { refresh: login, tokenStore: localStorage })',
    'tokenStore',
    "^Type 'Storage' is missing the following properties from type 'TokenStore<Tokens>': get, set$",
  ],
  [
    'statuses as a number',
    '(api, { refresh: login, statuses: 401 })',
    'statuses',
    "^Type 'number' is not assignable to type 'readonly number[]'.$",
  ],
  [
    'the same with headerName: false',
    '(api, { headerName: false, refresh: login, statuses: 401 })',
    'statuses',
    "^Type 'number' is not assignable to type 'readonly number[]'.$",
  ],
  [
    'refreshAhead as a string',
    '(api, { refresh: login, refreshAhead: "0.8" })',
    'refreshAhead',
    "^Type 'string' is not assignable to type 'number | false",
  ],
  [
    'headerName: true',
    '(api, { refresh: login, headerName: true })',
    'headerName',
    "^Type 'true' is not assignable to type 'string | false",
  ],
  [
    'a verdict that there is not',
    '(api, { refresh: login, classify: () => "retry" })',
    'classify',
    "^Type '() => \"retry\"' is not assignable to type '(answer: AuthAnswer) => Verdict'.",
  ],
];

/** For each call on a line of its own, where TypeScript sees a mistake and what it says, in one line. */
function mistakesIn(beginning: string): { at: string; says: string }[] {
  const file = join(consumer.folder, 'mistakes.ts');
  const calls = MISTAKES.map(([, call]) => `attachAuthInterceptors${call};`);
  const code = [beginning, ...calls].join('\n');
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.getSourceFile = (name, ...rest) =>
    name === file
      ? ts.createSourceFile(name, code, ts.ScriptTarget.ES2022)
      : getSourceFile(name, ...rest);
  const program = ts.createProgram([file], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file: source, start = 0, messageText }) => ({
    at: /^\w+|^./.exec(source?.text.slice(start) ?? '')?.[0] ?? '',
    says: ts.flattenDiagnosticMessageText(messageText, ' ').replace(/\s+/g, ' '),
  }));
}

/** The dot and the anchors are those of a pattern; everything else is meant as it stands. */
const patternOf = (text: string): RegExp =>
  new RegExp(text.replace(/[\\()|{}?[\]]/g, '\\$&').replace("\\[^'\\]*", "[^']*"));

test.each([
  ['that names no types of the options', BEGINNING],
  ['that has named them before', BEGINNING + NAMED],
])('§2: in an application %s, TypeScript says what is wrong', (_which, beginning) => {
  const found = mistakesIn(beginning);
  expect(found).toHaveLength(MISTAKES.length);
  for (const [index, [what, , at, says]] of MISTAKES.entries()) {
    expect({ what, ...found[index] }).toEqual({
      what,
      at,
      says: expect.stringMatching(patternOf(says)) as string,
    });
  }
});
