import { cleanUp, openSession } from '../support/session';
import { runSnippet } from './run-snippet';

afterEach(cleanUp);

async function openWith(answer: object) {
  const { auth } = openSession({}, { tokens: null });
  const login = jest.fn(() => Promise.resolve(answer));
  const scope = { auth, require: () => ({ login }) };
  const { signIn } = (await runSnippet('docs/generated-clients.md', 'signIn(', scope)) as {
    signIn(username: string, password: string): Promise<void>;
  };
  return { auth, login, signIn };
}

test('the login of a generated client signs in', async () => {
  const { auth, login, signIn } = await openWith({ accessToken: 'a', refreshToken: 'r' });
  await signIn('alice', 'wonderland');
  expect(await auth.getTokens()).toEqual({ accessToken: 'a', refreshToken: 'r' });
  const credentials = { username: 'alice', password: 'wonderland' };
  expect(login.mock.calls).toEqual([[credentials, { skipAuth: true }]]);
});

test('an answer without the token is refused', async () => {
  const { auth, signIn } = await openWith({ refreshToken: 'r' });
  await expect(signIn('alice', 'wonderland')).rejects.toMatchObject({
    code: 'ERR_AUTH_INVALID_TOKENS',
  });
  expect(await auth.getTokens()).toBeNull();
});
