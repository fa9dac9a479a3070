import { memoryStore } from '../../src/index';
import { openListening } from '../support/listening';
import {
  cleanUp,
  codeOf,
  openSession,
  recordEvents,
  REFRESH_PATH,
  startTokenServer,
  turns,
  until,
} from '../support/session';
import { openSlow } from '../support/slow-session';

afterEach(cleanUp);

describe('G7: a late 401 for a replaced token is replayed with the current one', () => {
  test('a late 401 for a replaced token is sent again without another refresh', async () => {
    const server = await startTokenServer();
    const { api, auth } = openSession(server);
    const events = recordEvents(auth);
    const answerLate = server.hold('/late');
    server.expire();
    const late = api.get<{ token: string }>('/late');
    await until(() => server.at('/late').length === 1);
    const { token } = (await api.get<{ token: string }>('/a')).data;
    answerLate();

    expect((await late).data.token).toBe(token);
    expect(server.at('/late')).toHaveLength(2);
    expect(server.at(REFRESH_PATH)).toHaveLength(1);
    expect(events.map(({ type }) => type)).toEqual(['refreshing', 'refreshed']);
  });

  test('late 401s from two generations ago cost no refresh either', async () => {
    const server = await startTokenServer();
    const { api, auth } = openSession(server);
    const answerLate = server.hold('/late');
    server.expire();
    const late = [1, 2, 3].map((page) => api.get<{ token: string }>('/late', { params: { page } }));
    await until(() => server.at('/late').length === 3);
    await auth.refresh();
    const { accessToken } = await auth.refresh();
    answerLate();

    const tokens = (await Promise.all(late)).map(({ data }) => data.token);
    expect(tokens).toEqual([accessToken, accessToken, accessToken]);
    expect(server.at(REFRESH_PATH)).toHaveLength(2);
  });

  test('a late 401 that arrives while a newer token is refreshed waits for that one', async () => {
    const server = await startTokenServer();
    const { api, auth } = openSession(server);
    const answerLate = server.hold('/late');
    server.expire();
    const late = api.get<{ token: string }>('/late');
    await until(() => server.at('/late').length === 1);
    await auth.refresh();
    const release = server.hold(REFRESH_PATH);
    const second = auth.refresh();
    await until(() => server.at(REFRESH_PATH).length === 2);
    answerLate();
    release();

    expect((await late).data.token).toBe((await second).accessToken);
    expect(server.at(REFRESH_PATH)).toHaveLength(2);
  });

  test('a late 401 that would end the session ends nothing when its token was replaced', async () => {
    const server = await startTokenServer();
    const { api, auth } = openSession(server);
    const events = recordEvents(auth);
    const answerLate = server.hold('/late');
    server.expire();
    server.overCode = 'TOKEN_REVOKED';
    const late = api.get<{ token: string }>('/late');
    await until(() => server.at('/late').length === 1);
    const { accessToken } = await auth.refresh();
    answerLate();

    expect((await late).data.token).toBe(accessToken);
    expect(events.map(({ type }) => type)).toEqual(['refreshing', 'refreshed']);
  });

  test('tokens that somebody else put into the store are adopted after a 401', async () => {
    const server = await startTokenServer();
    const { api, store } = openSession(server);
    await api.get('/warm-up');
    const answer = server.hold('/a');
    server.expire();
    const request = api.get<{ token: string }>('/a');
    await until(() => server.at('/a').length === 1);
    const theirs = server.issue();
    await store.set(theirs);
    answer();

    expect((await request).data.token).toBe(theirs.accessToken);
    expect(server.at(REFRESH_PATH)).toEqual([]);
  });

  test('tokens that somebody else stores while this session refreshes are adopted', async () => {
    const server = await startTokenServer();
    const { api, auth, store } = openSession(server);
    server.refreshAnswers.push((_request, response) => {
      response.writeHead(401).end();
    });
    const release = server.hold(REFRESH_PATH);
    server.expire();
    const request = api.get<{ token: string }>('/a');
    await until(() => server.at(REFRESH_PATH).length === 1);
    const theirs = server.issue();
    await store.set(theirs);
    release();

    expect((await request).data.token).toBe(theirs.accessToken);
    expect(await auth.getTokens()).toMatchObject(theirs);
  });

  test('the next request carries what somebody else has put into the store', async () => {
    const server = await startTokenServer();
    const store = memoryStore(server.issue());
    const { api } = openSession(server, { tokenStore: store });
    await api.get('/a');
    const theirs = server.issue('bob');
    await store.set(theirs);

    expect((await api.get<{ token: string }>('/b')).data.token).toBe(theirs.accessToken);
  });

  test('a slow read after a sign-out verdict does not end a session that was renewed meanwhile', async () => {
    const { api, auth, server, slow, notified } = await openSlow();
    const answerLate = server.hold('/late');
    server.expire();
    server.overCode = 'TOKEN_REVOKED';
    const late = codeOf(api.get('/late'));
    await until(() => server.at('/late').length === 1);
    slow.hold('get');
    answerLate();
    await until(() => slow.waiting('get') === 1);
    let renewed = '';
    void codeOf(auth.refresh()).then((code) => (renewed = code));
    await until(() => {
      if (slow.waiting('get') > 1) slow.last('get');
      return renewed !== '';
    });
    slow.release();

    expect([renewed, await late]).toEqual(['ok', 'ok']);
    expect([auth.status, notified]).toEqual(['signed-in', []]);
    expect(slow.held).toMatchObject({ accessToken: 'access-alice-2' });
  });

  test('a renewal that fails resolves with what a peer has stored meanwhile', async () => {
    const { auth, notified, elsewhere, answer, refresh } = openListening();
    const renewal = auth.refresh();
    await until(() => refresh.mock.calls.length === 1);
    elsewhere({ accessToken: 'theirs' });
    answer(new TypeError('fetch failed'));
    expect(await renewal).toEqual({ accessToken: 'theirs' });
    await turns(20);
    expect(notified.slice(1)).toEqual([['refreshed', 'signed-in', 'theirs']]);
  });
});
