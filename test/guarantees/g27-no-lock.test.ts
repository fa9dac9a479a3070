import axios from 'axios';
import { cachedStore, memoryStore } from '../../src/index';
import type { TokenStore } from '../../src/index';
import { cleanUp } from '../support/rig';
import { createMutex } from '../support/locked-store';
import { sharedStore } from '../support/shared-store';
import { until } from '../support/until';
import {
  codeOf,
  gate,
  openSession,
  REFRESH_PATH,
  startTokenServer,
  type Pair,
} from '../support/token-server';

afterEach(cleanUp);

describe('G23: cachedStore offers lock and subscribe only where the store below has them', () => {
  const plain = (): TokenStore => memoryStore();

  test('neither over a plain store', () => {
    const store = cachedStore(plain());
    expect([typeof store.lock, typeof store.subscribe]).toEqual(['undefined', 'undefined']);
  });

  test('the lock alone, and subscribe alone', () => {
    const locked = cachedStore({ ...plain(), lock: createMutex().lock } as TokenStore);
    expect([typeof locked.lock, typeof locked.subscribe]).toEqual(['function', 'undefined']);
    const watched = cachedStore(sharedStore({ accessToken: 'a' }).store);
    expect([typeof watched.lock, typeof watched.subscribe]).toEqual(['undefined', 'function']);
  });
});

describe('G27: without any lock, a refused refresh looks for the tokens of a peer first', () => {
  test.each([
    ['a plain store', (store: TokenStore) => store],
    ['cachedStore over one', (store: TokenStore) => cachedStore(store)],
    ['cachedStore for ever', (store: TokenStore) => cachedStore(store, { maxAge: Infinity })],
    ['one with subscribe', (store: TokenStore) => ({ ...store, subscribe: () => () => undefined })],
    [
      'cachedStore over one with subscribe',
      (store: TokenStore) => cachedStore({ ...store, subscribe: () => () => undefined }),
    ],
  ])('over %s', async (_, wrap) => {
    const server = await startTokenServer();
    const memory: TokenStore = memoryStore<Pair>(server.issue());
    const theirs = gate();
    let calls = 0;
    let refused = false;
    let stored: Pair | undefined = undefined as Pair | undefined;
    const below: TokenStore = {
      ...memory,
      async get() {
        const found = await memory.get();
        // The peer stores its tokens right after the first look that follows the refusal.
        if (refused && stored) await memory.set(stored);
        return found;
      },
    };
    const told: unknown[] = [];
    const { api } = openSession(server, {
      tokenStore: wrap(below),
      onSignedOut: (error) => void told.push(error),
      refresh: async (tokens, { client }) => {
        calls++;
        await theirs.promise;
        const body = { refreshToken: tokens?.refreshToken };
        const answer = await client.post<Pair>(REFRESH_PATH, body).catch((error: unknown) => {
          refused = true;
          throw error;
        });
        return answer.data;
      },
    });
    server.expire();
    const request = codeOf(api.get('/a'));
    await until(() => calls === 1);
    // Another process has used the refresh token up.
    const body = { refreshToken: 'refresh-alice-1' };
    stored = (await axios.post<Pair>(server.url + REFRESH_PATH, body)).data;
    theirs.open();

    expect(await request).toBe('ok');
    expect(told).toEqual([]);
    expect(server.at('/a').map(({ token }) => token)).toEqual(['access-alice-1', 'access-alice-2']);
  });
});
