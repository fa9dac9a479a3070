import MockAdapter from 'axios-mock-adapter';
import { challengeAnswer, expiredAnswer, testTokens } from '../../src/testing/index';
import { stepUp } from '../../src/step-up/index';
import { memoryStore, type AuthOptions } from '../../src/index';
import { cleanUp, openSession, rejection, type Backend } from '../support/session';

afterEach(cleanUp);

const BACKEND: Backend = { url: 'https://api.example.com' };

function open(options: Partial<AuthOptions> = {}) {
  const opened = openSession(BACKEND, { tokenStore: memoryStore(testTokens()), ...options });
  const mock = new MockAdapter(opened.api);
  mock.onPost().reply(() => [200, testTokens()]);
  return { ...opened, mock };
}

const refreshes = (mock: MockAdapter): number => mock.history.post.length;

test.each([
  ['expiredAnswer()', expiredAnswer()],
  ['a code of its own', expiredAnswer('JWT_STALE')],
  ['challengeAnswer()', challengeAnswer()],
])('%s is renewed, and the request sent again', async (_name, answer) => {
  const { api, mock } = open({ codes: { JWT_STALE: 'refresh' } });
  mock.onGet('/profile').replyOnce(...answer);
  mock.onGet('/profile').replyOnce(200, { name: 'Alice' });
  expect((await api.get('/profile')).data).toEqual({ name: 'Alice' });
  expect(refreshes(mock)).toBe(1);
});

test('they are what axios-mock-adapter takes', () => {
  const json = { 'content-type': 'application/json' };
  expect(expiredAnswer()).toEqual([401, { code: 'TOKEN_EXPIRED' }, json]);
  const parameters = { error: 'insufficient_scope', scope: 'account:delete' };
  const challenge = 'Bearer error="insufficient_scope", scope="account:delete"';
  expect(challengeAnswer(parameters)).toEqual([403, '', { 'www-authenticate': challenge }]);
});

test('a code that the table does not know is handed to the caller', async () => {
  const { api, mock } = open();
  mock.onGet('/profile').replyOnce(...expiredAnswer('JWT_STALE'));
  expect(await rejection(api.get('/profile'))).toMatchObject({ response: { status: 401 } });
  expect(refreshes(mock)).toBe(0);
});

test('insufficient_scope is a 403 with the scope, which a step-up sees', async () => {
  const asked: unknown[] = [];
  const { api, mock } = open({
    stepUp: stepUp(({ params }) => {
      asked.push(params.scope);
      return testTokens();
    }),
  });
  const answer = challengeAnswer({ error: 'insufficient_scope', scope: 'account:delete' });
  expect(answer[0]).toBe(403);
  mock.onDelete('/account').replyOnce(...answer);
  mock.onDelete('/account').replyOnce(204);
  expect((await api.delete('/account')).status).toBe(204);
  expect(asked).toEqual(['account:delete']);
});
