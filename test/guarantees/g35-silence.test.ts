import { memoryStore } from '../../src/index';
import { CODES, provoke } from '../support/failures';
import { json, startServer } from '../support/http-server';
import { attached, cleanUp, createRig, onCleanUp, until } from '../support/session';
import { realProcess, watchProcess } from '../support/watched';
import { beforeReplay } from '../support/on-send';

afterEach(cleanUp);

const refusingAll = () =>
  startServer((_request, response) => json(response, 401, { code: 'TOKEN_EXPIRED' }));

const boom = (): never => {
  throw new Error('boom');
};

const boomLater = () => Promise.reject(new Error('boom')) as never;

describe('G35: no unhandled rejection, no console output, no process warning', () => {
  describe('the watch itself', () => {
    test('notices a rejection that nobody handles', async () => {
      const watch = watchProcess();
      void Promise.reject(new Error('lost'));
      expect(await watch.settled()).toMatchObject([{ event: 'unhandledRejection' }]);
    });

    test('notices the console and the warnings of the process', async () => {
      const watch = watchProcess();
      console.warn('x');
      realProcess.emitWarning('y');
      expect(await watch.settled()).toMatchObject([{ console: 'warn' }, { event: 'warning' }]);
    });
  });

  test('a listener of onStatus may be asynchronous, and reject', async () => {
    const watch = watchProcess();
    const { auth } = attached();
    const listener = jest.fn(boomLater);
    auth.onStatus(listener);
    await auth.signOut();
    await until(() => listener.mock.calls.length === 2);
    expect(await watch.settled()).toEqual([]);
  });

  describe.each(['http', 'fetch'] as const)('with the %s adapter', (adapter) => {
    test.each(CODES)('%s makes no noise', async (code) => {
      const watch = watchProcess();
      await provoke(code, { adapter });
      expect(await watch.settled()).toEqual([]);
    });

    test('nor do many requests that fail together, some of them cancelled', async () => {
      const watch = watchProcess();
      const { server, api, seen } = await createRig({ axios: { adapter } });
      server.controls.failRefresh(Infinity, 403);
      server.controls.hold();
      server.controls.expireAllAccessTokens();
      const controllers = Array.from({ length: 30 }, () => new AbortController());
      const requests = controllers.map(({ signal }) => api.get('/profile', { signal }));
      const outcomes = Promise.allSettled(requests);
      await until(() => seen('/auth/refresh').length === 1);
      for (const controller of controllers.slice(0, 15)) controller.abort();
      server.controls.release();
      expect((await outcomes).every(({ status }) => status === 'rejected')).toBe(true);
      expect(await watch.settled()).toEqual([]);
    });
  });

  test('without a logger nothing is said anywhere', async () => {
    const watch = watchProcess();
    const server = await refusingAll();
    const { api } = attached({
      axios: { baseURL: server.url },
      options: {
        shouldAttach: () => true,
        classify: boom,
        ...beforeReplay(boom),
        onSignedOut: boom,
        refresh: boomLater,
      },
    });
    await expect(api.get('/')).rejects.toMatchObject({ code: 'ERR_AUTH_REFRESH_FAILED' });
    expect(await watch.settled()).toEqual([]);
  });

  test.each([
    ['throws', boom],
    ['rejects', boomLater],
  ])('a callback, a listener and a logger that %s make no noise', async (_what, fault) => {
    const watch = watchProcess();
    const server = await refusingAll();
    const { api, auth } = attached({
      axios: { baseURL: server.url },
      options: {
        onSignedOut: fault,
        ...beforeReplay(fault),
        logger: { debug: fault, warn: fault, error: fault },
        refresh: () => Promise.resolve(null),
      },
    });
    auth.subscribe(fault);
    await expect(api.get('/')).rejects.toMatchObject({ code: 'ERR_AUTH_SESSION_EXPIRED' });
    await auth.signIn({ accessToken: 'access-3' });
    await auth.signOut();
    expect(await watch.settled()).toEqual([]);
  });

  test.each([
    ['fails', boomLater],
    ['throws at once', boom],
    ['is refused', () => Promise.resolve(null)],
    ['gives no tokens', () => Promise.resolve({}) as never],
  ])('a renewal in the background that %s makes no noise', async (_what, answer) => {
    // Without the spread over clients, the renewal is due at once.
    const spread = jest.spyOn(Math, 'random').mockReturnValue(0);
    onCleanUp(() => {
      spread.mockRestore();
    });
    const watch = watchProcess();
    const refresh = jest.fn(answer);
    const server = await startServer((_request, response) => json(response, 200, {}));
    const { api } = attached({
      axios: { baseURL: server.url },
      tokens: { accessToken: 'access-1', expiresAt: Date.now() + 60_000 },
      options: { refreshAhead: 0, refresh, refreshRetries: 0 },
    });
    for (let n = 0; n < 3; n++) await api.get('/');
    expect(refresh).toHaveBeenCalled();
    expect(await watch.settled()).toEqual([]);
  });

  test.each(['set', 'clear', 'get'] as const)(
    'a store whose %s() rejects makes no noise',
    async (method) => {
      const watch = watchProcess();
      const server = await startServer((_request, response, index) =>
        json(response, index === 0 ? 401 : 200, { code: 'TOKEN_EXPIRED' }),
      );
      const inner = memoryStore({ accessToken: 'access-1' });
      const { api, auth } = attached({
        axios: { baseURL: server.url },
        options: { tokenStore: { ...inner, [method]: boomLater } },
      });
      await Promise.allSettled([api.get('/'), api.get('/'), auth.getTokens()]);
      await Promise.allSettled([auth.refresh(), auth.signOut()]);
      expect(await watch.settled()).toEqual([]);
    },
  );

  test('a store that cannot be watched makes no noise', async () => {
    const watch = watchProcess();
    attached({ options: { tokenStore: { ...memoryStore(), subscribe: boom } } });
    const { auth } = attached({ options: { tokenStore: { ...memoryStore(), get: boomLater } } });
    auth.subscribe(() => undefined);
    expect(await watch.settled()).toEqual([]);
  });

  test('a refresh that nobody waits for any more makes no noise', async () => {
    const watch = watchProcess();
    const server = await refusingAll();
    let fail: (error: Error) => void = () => undefined;
    const { api, auth } = attached({
      axios: { baseURL: server.url },
      options: { refresh: () => new Promise((_resolve, reject) => (fail = reject)) },
    });
    const controller = new AbortController();
    const request = api.get('/', { signal: controller.signal });
    auth.subscribe(({ type }) => {
      if (type === 'refreshing') setImmediate(() => controller.abort());
    });
    await expect(request).rejects.toMatchObject({ code: 'ERR_CANCELED' });
    fail(new Error('too late for anybody'));
    await watch.settled();
    auth.detach();
    expect(await watch.settled()).toEqual([]);
  });

  test('detaching and signing out during a refresh makes no noise', async () => {
    const watch = watchProcess();
    const { server, api, auth } = await createRig();
    server.controls.hold();
    server.controls.expireAllAccessTokens();
    const outcome = Promise.allSettled([api.get('/profile'), api.get('/items')]);
    await until(() => auth.status === 'refreshing');
    auth.detach();
    await auth.signOut();
    server.controls.release();
    await outcome;
    expect(await watch.settled()).toEqual([]);
  });

  test('a hundred waiting requests raise no warning about listeners', async () => {
    const watch = watchProcess();
    const { server, api } = await createRig();
    server.controls.expireAllAccessTokens();
    await Promise.all(Array.from({ length: 100 }, () => api.get('/profile', { timeout: 60_000 })));
    expect(await watch.settled()).toEqual([]);
  });
});
