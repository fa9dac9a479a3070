import { cleanUp } from '../support/rig';
import { codeOf } from '../support/token-server';
import { answerWith, openBareSession, startBareServer, TOKENS } from './bare-server';
import { PROVIDER_ANSWERS } from './provider-answers';

afterEach(cleanUp);

const GRANTED = { accessToken: 'new-access', refreshToken: 'next' };

const OUTCOMES = {
  'ends session': ['ERR_AUTH_SESSION_EXPIRED', null],
  'misconfigured client': ['ERR_AUTH_CONFIG', TOKENS],
  transient: ['ERR_AUTH_REFRESH_FAILED', TOKENS],
  tokens: ['ok', expect.objectContaining({ ...GRANTED, expiresAt: expect.any(Number) })],
};

const NAMED = PROVIDER_ANSWERS.map(
  (answer) =>
    [`${answer.provider}, ${answer.status} ${JSON.stringify(answer.body)}`, answer] as const,
);

test.each(NAMED)('G11, G13: %s', async (_name, { status, body, contentType, verdict }) => {
  const headers = { 'content-type': contentType };
  const server = await startBareServer(answerWith(status, body, headers));
  const { auth, store } = openBareSession(server);
  expect([await codeOf(auth.refresh() as never), await store.get()]).toEqual(OUTCOMES[verdict]);
});
