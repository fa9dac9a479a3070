import { createElement, version, type ReactElement } from 'react';
import { renderToString } from 'react-dom/server';
import axios from 'axios';
import { attachAuthInterceptors, memoryStore } from '../../src/index';
import { AuthProvider, useAccessToken, useAuth } from '../../src/react/index';

/** Set by the jest configuration that puts another version in the place of the installed one. */
const { expectedReact = '19.' } = globalThis as { expectedReact?: string };

test('these tests run with the version of React that they are meant for', () => {
  expect(version).toContain(expectedReact);
});

test('a server renders neither a status nor a token', async () => {
  const session = attachAuthInterceptors(axios.create({ baseURL: 'https://api.example.com' }), {
    tokenStore: memoryStore({ accessToken: 'secret' }),
    refresh: () => null,
  });
  await session.getTokens();
  function Both(): ReactElement {
    return <>{`${useAuth().status}, ${useAccessToken() ?? 'none'}`}</>;
  }
  const app = (
    <AuthProvider session={session}>
      <Both />
    </AuthProvider>
  );
  expect(renderToString(app)).toBe('unknown, none');
});

describe('bad input is told by name', () => {
  test.each([
    ['useAuth()', useAuth],
    ['useAccessToken()', useAccessToken],
  ])('%s without a provider', (name, hook) => {
    function Lost(): ReactElement {
      hook();
      return <></>;
    }
    expect(() => renderToString(<Lost />)).toThrow(
      `${name} needs <AuthProvider session={…}> around the component`,
    );
  });

  test.each([
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
    ['options', { refresh: () => null }, 'a value of type object'],
    ['half a session', { subscribe: () => () => undefined }, 'a value of type object'],
    ['a token', 'secret-token', 'a value of type string'],
  ])('AuthProvider with %s for a session', (_what, session, kind) => {
    const element = createElement(AuthProvider, { session } as never);
    expect(() => renderToString(element)).toThrow(
      new TypeError(
        `AuthProvider: session must be what attachAuthInterceptors gave, as in <AuthProvider session={auth}>, got ${kind}.`,
      ),
    );
  });
});
