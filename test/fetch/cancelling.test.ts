import { getEventListeners } from 'node:events';
import { createAuthFetch } from '../../src/fetch/index';
import { startServer } from '../support/http-server';
import { attached, cleanUp, REFRESH_PATH, rejection, settle, until } from '../support/session';
import { setGlobal } from '../support/web-globals';
import { openFetch } from './open';

afterEach(cleanUp);

/** A fetch waits for a refresh that is held. */
async function waiting() {
  const opened = await openFetch();
  const release = opened.server.hold(REFRESH_PATH);
  opened.server.expire();
  const first = opened.authFetch(opened.at('/first'));
  await until(() => opened.server.at(REFRESH_PATH).length === 1);
  return { ...opened, release, first };
}

const GIVEN: [string, (url: string, signal: AbortSignal) => [string | Request, RequestInit?]][] = [
  ['the init', (url, signal) => [url, { signal }]],
  ['a Request', (url, signal) => [new Request(url, { signal })]],
  ['the init beside a Request', (url, signal) => [new Request(url), { signal }]],
];

describe.each(GIVEN)('G20: an abort by the signal of %s', (_, given) => {
  test('ends the wait of its own fetch at once, as fetch rejects', async () => {
    const { authFetch, at, server, release, first } = await waiting();
    const controller = new AbortController();
    const aborted = rejection(authFetch(...given(at('/aborted'), controller.signal)));
    const other = authFetch(at('/other'));
    await settle(server);
    controller.abort();
    const error = await aborted;
    expect(error).toBeInstanceOf(DOMException);
    expect([error.name, error.code]).toEqual(['AbortError', DOMException.ABORT_ERR]);
    release();
    expect((await Promise.all([first, other])).map(({ status }) => status)).toEqual([200, 200]);
    expect(server.at('/aborted')).toEqual([]);
    expect(server.at(REFRESH_PATH)).toHaveLength(1);
  });

  test('before the call sends nothing', async () => {
    const { authFetch, at, server } = await openFetch();
    const error = await rejection(authFetch(...given(at('/a'), AbortSignal.abort())));
    expect([error.name, error.code]).toEqual(['AbortError', DOMException.ABORT_ERR]);
    await settle(server);
    expect(server.at('/a')).toEqual([]);
  });

  test('rejects with the reason of the signal, whatever it is', async () => {
    const { authFetch, at, release, first } = await waiting();
    for (const reason of [new Error('mine'), 'a text', null]) {
      const controller = new AbortController();
      const answer = authFetch(...given(at('/aborted'), controller.signal)).catch(
        (error: unknown) => [error],
      );
      controller.abort(reason);
      expect(await answer).toEqual([reason]);
    }
    release();
    await first;
  });

  test('while the answer is on its way, and while its body is read', async () => {
    const server = await startServer(({ url }, response) => {
      if (url !== '/streams') return;
      response.writeHead(200).write('one');
    });
    const { auth } = attached();
    const authFetch = createAuthFetch(auth, { allowedOrigins: [server.url] });
    const controller = new AbortController();
    const hangs = rejection(authFetch(...given(`${server.url}/hangs`, controller.signal)));
    const { body } = await authFetch(...given(`${server.url}/streams`, controller.signal));
    const reader = body!.getReader();
    await reader.read();
    await until(() => server.requests.length === 2);
    controller.abort();
    expect((await hangs).name).toBe('AbortError');
    expect((await rejection(reader.read())).name).toBe('AbortError');
  });
});

describe('G20: signals and cancellation', () => {
  test('the timeout of a signal is that of fetch', async () => {
    const { authFetch, at, release, first } = await waiting();
    const error = await rejection(authFetch(at('/a'), { signal: AbortSignal.timeout(1) }));
    expect(error.name).toBe('TimeoutError');
    release();
    await first;
  });

  test.each([
    ['a DOMException', DOMException],
    ['an Error where there is no DOMException', undefined],
  ])('a signal without a reason (React Native) gives an AbortError: %s', async (_, exception) => {
    setGlobal('DOMException', exception);
    const { authFetch, at, release, first } = await waiting();
    const controller = new AbortController();
    Object.defineProperty(controller.signal, 'reason', { value: undefined });
    const aborted = rejection(authFetch(at('/a'), { signal: controller.signal }));
    controller.abort();
    expect(await aborted).toBeInstanceOf(exception ?? Error);
    expect((await aborted).name).toBe('AbortError');
    release();
    await first;
  });

  test('the session leaves no listener on a signal', async () => {
    const { authFetch, at, server, release, first } = await waiting();
    const { signal } = new AbortController();
    const held = authFetch(at('/held'), { signal });
    await settle(server);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    release();
    await Promise.all([first, held.then((answer) => answer.text())]);
    const { signal: bare } = new AbortController();
    await (await fetch(at('/open'), { signal: bare })).text();
    expect(getEventListeners(signal, 'abort').length).toBeLessThanOrEqual(
      getEventListeners(bare, 'abort').length,
    );
  });

  test('an abort while a 401 is looked at ends the wait, and frees the socket', async () => {
    const closed = jest.fn();
    const server = await startServer((_request, response) => {
      response.on('close', closed);
      response.writeHead(401, { 'content-type': 'application/json' }).write('{"code":');
    });
    const { auth } = attached();
    const authFetch = createAuthFetch(auth, { allowedOrigins: [server.url] });
    const controller = new AbortController();
    const error = rejection(authFetch(server.url, { signal: controller.signal }));
    await until(() => server.requests.length === 1);
    await settle({ url: (await startServer((_, response) => response.end())).url });
    controller.abort();
    expect((await error).name).toBe('AbortError');
    await until(() => closed.mock.calls.length === 1);
  });
});
