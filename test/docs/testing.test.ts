import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AxiosInstance, AxiosStatic } from 'axios';
import MockAdapter from 'axios-mock-adapter';
import ts from 'typescript';
import { attachAuthInterceptors, memoryStore } from '../../src/index';
import type { AuthSession, TokenStore } from '../../src/index';
import { rejection } from '../support/session';
import { moduleOf, root } from './snippets';

const PAGE = 'docs/testing.md';
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

// Of this realm, so that the page has the globals of a test file.
const ClassOfFunctions = (() => undefined).constructor as new (
  ...parts: string[]
) => (...given: unknown[]) => void;

interface Page {
  createApi(
    tokenStore: TokenStore,
    onSignedOut: () => void,
  ): { api: AxiosInstance; auth: AuthSession };
}

/** Runs it as a test file of the reader: its tests become tests of this one. */
function load(): Page {
  const { outputText } = ts.transpileModule(moduleOf(PAGE).code, {
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
    },
  });
  const exports = {};
  // What else Jest gives to a test file is global.
  new ClassOfFunctions('exports', 'require', 'jest', `${outputText}\n//# sourceURL=${PAGE}`)(
    exports,
    importOf,
    jest,
  );
  return exports as Page;
}

const SOURCES: Record<string, string> = {
  'axios-auth-interceptors': 'src/index',
  'axios-auth-interceptors/testing': 'src/testing/index',
};

function importOf(name: string): unknown {
  const source = SOURCES[name];
  return jest.requireActual(source === undefined ? name : join(root, source));
}

describe(`the code of ${PAGE}`, () => {
  const { createApi } = load();

  describe('what the page says beside', () => {
    const signedIn = () => memoryStore({ accessToken: 'first', refreshToken: 'r1' });
    const onSignedOut = jest.fn();

    /** With a session of its own, and a mock that answers nothing. */
    function open() {
      const { api, auth } = createApi(signedIn(), onSignedOut);
      return { api, auth, mock: new MockAdapter(api) };
    }

    test('detach() calls no callback', () => {
      const { auth } = open();
      onSignedOut.mockClear();
      auth.detach();
      expect(onSignedOut).not.toHaveBeenCalled();
    });

    test('reply(401) alone is handed to the caller', async () => {
      const { api, mock } = open();
      mock.onGet('/profile').reply(401);
      expect(await rejection(api.get('/profile'))).toMatchObject({ response: { status: 401 } });
      expect(mock.history.post).toHaveLength(0);
    });

    test('a refresh that has no handler fails for now', async () => {
      const { api, mock } = open();
      mock.onGet('/profile').reply(401, { code: 'TOKEN_EXPIRED' });
      expect(await rejection(api.get('/profile'))).toMatchObject({
        code: 'ERR_AUTH_REFRESH_FAILED',
      });
    });

    test('the automatic mock of axios gives no instance, and attaching says so', () => {
      const { create } = jest.createMockFromModule<AxiosStatic>('axios');
      const [, message = ''] = /`(instance must be .*)`/.exec(read(PAGE)) ?? [];
      expect(message).not.toBe('');
      expect(() => attachAuthInterceptors(create(), { refresh: () => null })).toThrow(message);
    });
  });
});
