import { cleanUp } from '../support/rig';
import {
  codeOf,
  openSession,
  recordEvents,
  REFRESH_PATH,
  settle,
  startTokenServer,
  withoutAsyncContext,
  type Opened,
  type Pair,
} from '../support/token-server';

afterEach(cleanUp);

describe('G26: signIn() inside refresh is refused', () => {
  test.each([
    ['in its synchronous part, as in a browser', withoutAsyncContext, false],
    ['in its synchronous part', () => undefined, false],
    ['after an await', () => undefined, true],
  ])('%s', async (_, prepare, later) => {
    prepare();
    const server = await startTokenServer();
    const codes: Promise<string>[] = [];
    const opened: Opened = openSession(server, {
      refresh: (tokens, { client }) => {
        const renew = (): Promise<Pair> => {
          codes.push(codeOf(opened.auth.signIn(server.issue('bob'))));
          const body = { refreshToken: tokens?.refreshToken };
          return client.post<Pair>(REFRESH_PATH, body).then(({ data }) => data);
        };
        return later ? Promise.resolve().then(renew) : renew();
      },
    });
    const { api, auth, store } = opened;
    const events = recordEvents(auth);
    server.expire();
    const requests = await Promise.all([codeOf(api.get('/a')), codeOf(api.get('/b'))]);
    await settle(server);

    expect(await Promise.all(codes)).toEqual(['ERR_AUTH_CONFIG']);
    expect(requests).toEqual(['ok', 'ok']);
    expect((await store.get())?.accessToken).toContain('alice');
    expect(events.filter(({ type }) => type === 'signed-out')).toEqual([]);
  });

  test('where the refresh fails by it, waiting requests do not reject as signed out', async () => {
    const server = await startTokenServer();
    const opened: Opened = openSession(server, {
      refresh: async () => {
        const tokens = server.issue();
        await opened.auth.signIn(tokens);
        return tokens;
      },
    });
    server.expire();
    const code = await codeOf(opened.api.get('/a'));
    expect(code).toMatch(/^ERR_AUTH_/);
    expect(code).not.toBe('ERR_AUTH_SIGNED_OUT');
    expect(opened.auth.status).toBe('signed-in');
  });
});
