import { memoryStore } from '../../src/index';
import { answering, authorizations, json, startServer } from '../support/http-server';
import { attached, cleanUp } from '../support/session';

afterEach(cleanUp);

describe('G4: a token that is not one line of visible ASCII is never put into a header', () => {
  const unusable = {
    'a line break': 'abc\ndef',
    'a second header': 'abc\r\nX-Admin: 1',
    'a carriage return': 'abc\r',
    'a trailing line break': 'abc\n',
    'a space': 'abc def',
    'the scheme with it': 'Bearer abc',
    'a tab': 'abc\tdef',
    'a NUL': 'abc\0def',
    'a DEL': 'abc\x7f',
    'a letter beyond ASCII': 'abcdé',
    'a surrogate pair': 'abc😀',
    'a line separator': 'abc\u2028',
  };

  test.each(Object.entries(unusable))(
    'with %s from the store is refused before anything is sent',
    async (_what, accessToken) => {
      const server = await answering();
      const { api } = attached({ axios: { baseURL: server.url }, tokens: { accessToken } });
      await expect(api.get('/')).rejects.toMatchObject({ code: 'ERR_AUTH_INVALID_TOKENS' });
      expect(server.requests).toHaveLength(0);
    },
  );

  test.each(Object.entries(unusable))(
    'with %s is no sign-in, and the session stays as it was',
    async (_what, accessToken) => {
      const { auth } = attached();
      await expect(auth.signIn({ accessToken })).rejects.toMatchObject({
        code: 'ERR_AUTH_INVALID_TOKENS',
      });
      expect(await auth.getAccessToken()).toBe('access-1');
    },
  );

  test.each([[42], [true], [{}], [['access-1']]])(
    '%j in place of a string is refused as well',
    async (accessToken) => {
      const server = await answering();
      const { api } = attached({
        axios: { baseURL: server.url },
        tokens: { accessToken: accessToken as never },
      });
      await expect(api.get('/')).rejects.toMatchObject({ code: 'ERR_AUTH_INVALID_TOKENS' });
      expect(server.requests).toHaveLength(0);
    },
  );

  test('from a refresh is refused, and the old tokens are kept', async () => {
    const server = await startServer((_request, response) =>
      json(response, 401, { code: 'TOKEN_EXPIRED' }),
    );
    const tokenStore = memoryStore({ accessToken: 'access-1' });
    const { api } = attached({
      axios: { baseURL: server.url },
      options: { tokenStore, refresh: () => Promise.resolve({ accessToken: 'a\nb' }) },
    });
    await expect(api.get('/')).rejects.toMatchObject({ code: 'ERR_AUTH_INVALID_TOKENS' });
    expect(server.requests).toHaveLength(1);
    expect(tokenStore.get()).toEqual({ accessToken: 'access-1' });
  });

  test('is not returned by getAccessToken', async () => {
    const { auth } = attached({ tokens: { accessToken: 'a b' } });
    await expect(auth.getAccessToken()).rejects.toMatchObject({
      code: 'ERR_AUTH_INVALID_TOKENS',
    });
  });

  test('with every visible ASCII character is sent as it is', async () => {
    const accessToken = Array.from({ length: 94 }, (_, n) => String.fromCharCode(33 + n)).join('');
    const server = await answering();
    const { api } = attached({ axios: { baseURL: server.url }, tokens: { accessToken } });
    await api.get('/');
    expect(authorizations(server)).toEqual([`Bearer ${accessToken}`]);
  });
});
