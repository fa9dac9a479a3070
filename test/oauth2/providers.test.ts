import { cleanUp } from '../support/rig';
import { codeOf } from '../support/token-server';
import { answerWith, openBareSession, startBareServer, TOKENS } from './bare-server';
import { PROVIDER_ANSWERS } from './provider-answers';

afterEach(cleanUp);

const CODES = {
  'ends session': 'ERR_AUTH_SESSION_EXPIRED',
  'misconfigured client': 'ERR_AUTH_CONFIG',
  transient: 'ERR_AUTH_REFRESH_FAILED',
};

test.each(PROVIDER_ANSWERS.map((answer) => [JSON.stringify(answer.body), answer] as const))(
  'G11: %s',
  async (_body, { status, body, verdict }) => {
    const server = await startBareServer(answerWith(status, body));
    const { auth, store } = openBareSession(server);
    expect(await codeOf(auth.refresh() as never)).toBe(CODES[verdict]);
    expect(await store.get()).toEqual(verdict === 'ends session' ? null : TOKENS);
  },
);
