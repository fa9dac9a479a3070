import axios from 'axios';
import { attachAuthInterceptors, type AuthEvent, type AuthSession } from '../../src/index';
import { cleanUp, onCleanUp } from '../support/rig';
import { describeRedis, startRedis } from './redis-server';
import { never, openStore, type SharedStore } from './steps';

afterEach(cleanUp);

/** What a listener does, when another process has written meanwhile; and what is stored then. */
const ACTS: [string, (auth: AuthSession) => Promise<void>, string | undefined][] = [
  ['a sign-in', (auth) => auth.signIn({ accessToken: 'again' }), 'again'],
  ['a sign-out', (auth) => auth.signOut(), undefined],
];

describeRedis('who hears of a renewal that has written nothing', () => {
  let mine: SharedStore;
  let other: SharedStore;
  let auth: AuthSession;
  let answer: Promise<null>;
  beforeEach(async () => {
    answer = Promise.reject(new Error('nobody knows why'));
    answer.catch(() => undefined);
    const redis = await startRedis();
    mine = await openStore(redis, { subscribe: false });
    other = await openStore(redis);
    await mine.set({ accessToken: 'first', refreshToken: 'r1' });
    auth = attachAuthInterceptors(axios.create({ baseURL: 'http://localhost' }), {
      tokenStore: mine,
      refresh: () => answer,
    });
    onCleanUp(auth.detach);
  });

  const writeInLock = (accessToken: string): Promise<unknown> =>
    other.lock(() => Promise.resolve(other.set({ accessToken })), never());

  /** Done by a listener of the event, and so in its asynchronous context. */
  const whenTold = (type: AuthEvent['type'], act: () => Promise<void>): Promise<void> =>
    new Promise((resolve) => {
      auth.subscribe((event) => {
        if (event.type === type) resolve(writeInLock('of the other').then(act));
      });
    });

  test.each(ACTS)('G29: after a failure, %s always writes', async (_what, act, stored) => {
    const acted = whenTold('refresh-failed', () => act(auth));
    await expect(auth.refresh()).rejects.toThrow('nobody knows why');
    await acted;
    expect((await other.get())?.accessToken).toBe(stored);
  });

  test('G29: after a refusal, a sign-in always writes', async () => {
    answer = Promise.resolve(null);
    const acted = whenTold('signed-out', () => auth.signIn({ accessToken: 'again' }));
    await expect(auth.refresh()).rejects.toMatchObject({ code: 'ERR_AUTH_SESSION_EXPIRED' });
    await acted;
    expect((await other.get())?.accessToken).toBe('again');
  });

  test.each(ACTS)('G29: after an adoption, %s always writes', async (_what, act, stored) => {
    const acted = whenTold('refreshed', () => act(auth));
    let refreshed: Promise<unknown> | undefined;
    await other.lock(async () => {
      const begun = new Promise((resolve) => {
        auth.subscribe(({ type }) => {
          if (type === 'refreshing') resolve(undefined);
        });
      });
      refreshed = auth.refresh().catch(() => undefined);
      await begun;
      await other.set({ accessToken: 'second' });
    }, never());
    await refreshed;
    await acted;
    expect((await other.get())?.accessToken).toBe(stored);
  });
});
