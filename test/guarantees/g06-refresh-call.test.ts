import { cleanUp } from '../support/clean-up';
import { codeOf } from '../support/outcomes';
import { openSession, startTokenServer } from '../support/token-server';

afterEach(cleanUp);

describe('G6: while requests wait for a refresh no new authenticated request leaves', () => {
  test('nor one that is called in the turn of refresh(), over a synchronous store', async () => {
    const server = await startTokenServer();
    const { api, auth } = openSession(server);
    await auth.getTokens();
    const renewal = auth.refresh();
    expect(await codeOf(api.get('/a'))).toBe('ok');
    await renewal;
    expect(server.at('/a').map(({ token }) => token)).toEqual(['access-alice-2']);
  });
});
