import { randomBytes } from 'node:crypto';
import { runInThisContext } from 'node:vm';
import axios from 'axios';
import ts from 'typescript';
import { attachAuthInterceptors, memoryStore } from '../../src/index';
import type { Tokens, TokenStore } from '../../src/index';
import { snippetsOf } from './snippets';

type Encrypted = (store: TokenStore, key: Uint8Array) => TokenStore;

/** The code of the page, run as it stands there. */
function encryptedOfThePage(): Encrypted {
  const snippet = snippetsOf('docs/stores.md').find(({ code }) => code.includes('encrypted('));
  const { outputText } = ts.transpileModule(snippet?.code ?? '', {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const exports: { encrypted?: Encrypted } = {};
  const run = runInThisContext(`(require, exports) => {${outputText}}`) as (
    ...given: unknown[]
  ) => void;
  run(require, exports);
  return exports.encrypted!;
}

const encrypted = encryptedOfThePage();
const TOKENS: Tokens = { accessToken: 'access-1', refreshToken: 'refresh-1', expiresAt: 2e12 };
const key = randomBytes(32);

test('the store below holds no token in the clear, and what was stored comes back', async () => {
  const below = memoryStore();
  const store = encrypted(below, key);
  await store.set(TOKENS);
  const held = JSON.stringify(await below.get());
  expect(held).not.toMatch(/access-1|refresh-1/);
  expect(Buffer.from(held, 'base64url').toString('latin1')).not.toMatch(/access-1|refresh-1/);
  expect(await store.get()).toEqual(TOKENS);
  await store.clear();
  expect(await store.get()).toBeNull();
});

test('two writes of the same tokens differ', async () => {
  const below = memoryStore();
  const store = encrypted(below, key);
  await store.set(TOKENS);
  const first = await below.get();
  await store.set(TOKENS);
  expect(await below.get()).not.toEqual(first);
});

test('the lock and the announcements are those of the store below', () => {
  const below: TokenStore = {
    ...memoryStore(),
    lock: (critical) => critical(),
    subscribe: () => () => undefined,
  };
  const { lock, subscribe } = encrypted(below, key);
  expect(lock).toBe(below.lock);
  expect(subscribe).toBe(below.subscribe);
});

test.each([
  ['was changed', (text: string) => (text.startsWith('A') ? 'B' : 'A') + text.slice(1), key],
  ['was cut', (text: string) => text.slice(0, 20), key],
  ['was sealed with another key', (text: string) => text, randomBytes(32)],
])(
  'a value that %s is ERR_AUTH_STORE, and no request leaves',
  async (_what, change, keyOfReader) => {
    const below = memoryStore();
    await encrypted(below, key).set(TOKENS);
    const { accessToken } = (await below.get())!;
    await below.set({ accessToken: change(accessToken) });
    const adapter = jest.fn();
    const api = axios.create({ baseURL: 'https://api.example.com', adapter });
    attachAuthInterceptors(api, {
      tokenStore: encrypted(below, keyOfReader),
      refresh: () => null,
    });
    await expect(api.get('/a')).rejects.toMatchObject({ code: 'ERR_AUTH_STORE' });
    expect(adapter).not.toHaveBeenCalled();
  },
);
