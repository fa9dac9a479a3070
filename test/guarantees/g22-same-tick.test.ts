import type { AxiosInstance, AxiosRequestConfig } from 'axios';
import { memoryStore } from '../../src/index';
import type { TokenStore } from '../../src/index';
import { cleanUp } from '../support/rig';
import { sharedStore } from '../support/shared-store';
import { until } from '../support/until';
import { issueJwt } from '../support/users';
import {
  codeOf,
  gate,
  openSession,
  settle,
  startTokenServer,
  type Opened,
  type OpenOptions,
  type TokenServer,
} from '../support/token-server';

afterEach(cleanUp);

/** A session that knows that alice is signed in. */
async function openAlice(options: OpenOptions = {}): Promise<Opened & { server: TokenServer }> {
  const server = await startTokenServer();
  const opened = openSession(server, options);
  await opened.auth.getTokens();
  return { server, ...opened };
}

/** A request interceptor of the application that waits until the test lets it go on. */
function slowInterceptor(): { use(api: AxiosInstance): void; entered(): number; open(): void } {
  const { promise, open } = gate();
  let entered = 0;
  return {
    use(api) {
      api.interceptors.request.use(async (config) => {
        entered++;
        await promise;
        return config;
      });
    },
    entered: () => entered,
    open,
  };
}

const CALLS: [string, AxiosRequestConfig][] = [
  ['POST', { method: 'post', url: '/drafts', data: { text: 'mine' } }],
  ['PUT', { method: 'put', url: '/drafts', data: 'mine' }],
  ['GET', { method: 'get', url: '/drafts' }],
  ['DELETE', { method: 'delete', url: '/drafts' }],
];

/** The tokens that requests to `/drafts` came with, in order. */
const draftsOf = (server: TokenServer): unknown[] => server.at('/drafts').map(({ token }) => token);

describe('G22: a request belongs to the session that was current when it was called', () => {
  test.each(CALLS)('a %s and a sign-in of somebody else in one tick', async (_, config) => {
    const { server, api, auth } = await openAlice();
    const request = codeOf(api.request(config));
    const signIn = auth.signIn(server.issue('bob'));

    expect(await request).toBe('ERR_AUTH_SIGNED_OUT');
    await signIn;
    await settle(server);
    expect(server.at('/drafts')).toEqual([]);
    expect(await auth.getAccessToken()).toBe('access-bob-2');
  });

  test.each(CALLS)('a %s and a sign-out in one tick', async (_, config) => {
    const { server, api, auth } = await openAlice();
    const request = codeOf(api.request(config));
    const signOut = auth.signOut();

    expect(await request).toBe('ERR_AUTH_SIGNED_OUT');
    await signOut;
    await settle(server);
    expect(server.at('/drafts')).toEqual([]);
  });

  test('the same through a second instance of the session', async () => {
    const { server, api, auth } = await openAlice();
    const second = api.create();
    auth.attach(second);
    const requests = [codeOf(second.post('/drafts', {})), codeOf(api.post('/drafts', {}))];
    await auth.signIn(server.issue('bob'));

    expect(await Promise.all(requests)).toEqual(['ERR_AUTH_SIGNED_OUT', 'ERR_AUTH_SIGNED_OUT']);
    expect(server.at('/drafts')).toEqual([]);
  });

  test('a request that is called right after the sign-in is the new user’s', async () => {
    const { server, api, auth } = await openAlice();
    const before = codeOf(api.post('/drafts', {}));
    const signIn = auth.signIn(server.issue('bob'));
    const after = codeOf(api.post('/drafts', {}));

    expect([await before, await after]).toEqual(['ERR_AUTH_SIGNED_OUT', 'ok']);
    await signIn;
    expect(server.at('/drafts').map(({ token }) => token)).toEqual(['access-bob-2']);
  });

  describe('over an asynchronous store', () => {
    /** The same session over a store that answers by promises. */
    async function openSlowStore(isSignedIn = true): Promise<Opened & { server: TokenServer }> {
      const server = await startTokenServer();
      const memory = memoryStore(isSignedIn ? server.issue() : null);
      const tokenStore: TokenStore = { ...memory, get: async () => memory.get() };
      const opened = openSession(server, { tokenStore });
      await opened.auth.getTokens();
      return { server, ...opened };
    }

    test.each(CALLS)('a %s and a sign-in of somebody else in one tick', async (_, config) => {
      const { server, api, auth } = await openSlowStore();
      const request = codeOf(api.request(config));
      const signIn = auth.signIn(server.issue('bob'));

      expect(await request).toBe('ERR_AUTH_SIGNED_OUT');
      await signIn;
      await settle(server);
      expect(draftsOf(server)).toEqual([]);
      expect(await auth.getAccessToken()).toBe('access-bob-2');
    });

    test.each(CALLS)('a %s and a sign-out in one tick', async (_, config) => {
      const { server, api, auth } = await openSlowStore();
      const request = codeOf(api.request(config));
      const signOut = auth.signOut();

      expect(await request).toBe('ERR_AUTH_SIGNED_OUT');
      await signOut;
      await settle(server);
      expect(draftsOf(server)).toEqual([]);
    });

    test('a request while nobody is signed in, and a sign-in in one tick', async () => {
      const { server, api, auth } = await openSlowStore(false);
      const request = codeOf(api.post('/drafts', {}));
      const signIn = auth.signIn(server.issue('bob'));

      expect(await request).toBe('ok');
      await signIn;
      expect(draftsOf(server)).toEqual(['access-bob-1']);
    });

    test('a request that is called right after the sign-in is the new user’s', async () => {
      const { server, api, auth } = await openSlowStore();
      const before = codeOf(api.post('/drafts', {}));
      const signIn = auth.signIn(server.issue('bob'));
      const after = codeOf(api.post('/drafts', {}));

      expect([await before, await after]).toEqual(['ERR_AUTH_SIGNED_OUT', 'ok']);
      await signIn;
      expect(draftsOf(server)).toEqual(['access-bob-2']);
    });
  });

  describe.each(['before', 'after'] as const)('with a slow interceptor added %s ours', (when) => {
    /** Alice’s session, whose requests wait in an interceptor of the application. */
    async function openSlowly(): Promise<
      Opened & { server: TokenServer; slow: ReturnType<typeof slowInterceptor> }
    > {
      const slow = slowInterceptor();
      const opened = await openAlice({ before: when === 'before' ? slow.use : () => undefined });
      if (when === 'after') slow.use(opened.api);
      return { ...opened, slow };
    }

    test.each(CALLS)('a %s, and sign-out and sign-in meanwhile', async (_, config) => {
      const { server, api, auth, slow } = await openSlowly();
      const request = codeOf(api.request(config));
      await until(() => slow.entered() === 1);
      await auth.signOut();
      await auth.signIn(server.issue('bob'));
      slow.open();

      expect(await request).toBe('ERR_AUTH_SIGNED_OUT');
      await settle(server);
      expect(server.at('/drafts')).toEqual([]);
    });

    test('a PUT and a sign-in in one tick', async () => {
      const { server, api, auth, slow } = await openSlowly();
      const request = codeOf(api.put('/drafts', {}));
      await auth.signIn(server.issue('bob'));
      slow.open();

      expect(await request).toBe('ERR_AUTH_SIGNED_OUT');
      await settle(server);
      expect(server.at('/drafts')).toEqual([]);
    });

    test('a PUT and a sign-out meanwhile', async () => {
      const { server, api, auth, slow } = await openSlowly();
      const request = codeOf(api.put('/drafts', {}));
      await until(() => slow.entered() === 1);
      await auth.signOut();
      slow.open();

      expect(await request).toBe('ERR_AUTH_SIGNED_OUT');
      await settle(server);
      expect(server.at('/drafts')).toEqual([]);
    });
  });

  test('a sign-in of somebody else in another tab, before the request is sent', async () => {
    const server = await startTokenServer();
    const { store, elsewhere } = sharedStore(issueJwt(server));
    const slow = slowInterceptor();
    const { api, auth } = openSession(server, { tokenStore: store });
    slow.use(api);
    await auth.getTokens();
    const request = codeOf(api.put('/drafts', {}));
    await until(() => slow.entered() === 1);
    elsewhere(issueJwt(server, 'bob'));
    slow.open();

    expect(await request).toBe('ERR_AUTH_SIGNED_OUT');
    await settle(server);
    expect(server.at('/drafts')).toEqual([]);
  });

  test('refresh() and a sign-in of somebody else in one tick', async () => {
    const { server, auth } = await openAlice();
    const renewal = codeOf(auth.refresh());
    await auth.signIn(server.issue('bob'));
    expect(await renewal).toBe('ERR_AUTH_SIGNED_OUT');
    expect(await auth.getTokens()).toMatchObject({ accessToken: 'access-bob-2' });
  });

  test('refresh() and a sign-out in one tick', async () => {
    const { server, auth } = await openAlice();
    const renewal = codeOf(auth.refresh());
    await auth.signOut();
    expect(await renewal).toBe('ERR_AUTH_SIGNED_OUT');
    await settle(server);
    expect(await auth.getTokens()).toBeNull();
  });

  test('a request with skipAuth belongs to nobody and is sent', async () => {
    const { server, api, auth } = await openAlice();
    const request = codeOf(api.post('/open', {}, { skipAuth: true }));
    await auth.signOut();
    expect(await request).toBe('ok');
    expect(server.at('/open').map(({ token }) => token)).toStrictEqual([undefined]);
  });

  test('a request that was called while nobody was signed in goes with who signs in', async () => {
    const slow = slowInterceptor();
    const { server, api, auth } = await openAlice({ tokens: null });
    slow.use(api);
    const request = codeOf(api.post('/drafts', {}));
    await until(() => slow.entered() === 1);
    await auth.signIn(server.issue('bob'));
    slow.open();
    expect(await request).toBe('ok');
    expect(server.at('/drafts').map(({ token }) => token)).toEqual(['access-bob-1']);
  });
});
