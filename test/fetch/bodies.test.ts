import { Readable } from 'node:stream';
import { controlClocks } from '../support/clocks';
import { cleanUp, rejection, until } from '../support/session';
import { openFetch } from './open';

afterEach(cleanUp);

const TEXT = 'a body that can be read once '.repeat(100);

const STREAMS: [string, () => unknown][] = [
  ['a web stream', () => new Blob([TEXT]).stream()],
  ['a Node stream', () => Readable.from([Buffer.from(TEXT)])],
  [
    'an async generator',
    async function* () {
      await Promise.resolve();
      yield Buffer.from(TEXT);
    },
  ],
];

const post = (body: unknown): RequestInit =>
  ({ method: 'POST', body, duplex: 'half' }) as unknown as RequestInit;

describe('G18: the body of a fetch', () => {
  test.each(STREAMS)('%s is never sent twice', async (_, stream) => {
    const { authFetch, at, auth, server } = await openFetch();
    server.expire();
    const error = await rejection(authFetch(at('/up'), post(stream())));
    expect(error.code).toBe('ERR_AUTH_NOT_REPLAYABLE');
    expect(server.at('/up').map(({ body }) => body)).toEqual([TEXT]);
    // The token is renewed: a new stream goes through.
    expect(await auth.getAccessToken()).toBe('access-alice-2');
    expect((await authFetch(at('/up'), post(stream()))).status).toBe(200);
  });

  test.each(STREAMS)('%s renews first when the token is within the window', async (_, stream) => {
    const clocks = controlClocks();
    jest.spyOn(Math, 'random').mockReturnValue(0);
    const { authFetch, at, auth, server } = await openFetch({ tokens: null });
    await auth.signIn({ ...server.issue(), expiresIn: 600 });
    await auth.getAccessToken();
    clocks.pass(500_000);
    expect((await authFetch(at('/up'), post(stream()))).status).toBe(200);
    expect(server.at('/up').map(({ token }) => token)).toEqual(['access-alice-2']);
  });

  test('a Request that was made of a stream is sent again', async () => {
    const { authFetch, at, server } = await openFetch();
    server.expire();
    const request = new Request(at('/up'), post(new Blob([TEXT]).stream()));
    expect((await authFetch(request)).status).toBe(200);
    expect(server.at('/up').map(({ body }) => body)).toEqual([TEXT, TEXT]);
  });

  test('a Request whose stream goes on is sent as it comes', async () => {
    const { authFetch, at } = await openFetch();
    let send: ReadableStreamDefaultController<Uint8Array> | undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => void (send = controller),
    });
    const answer = authFetch(new Request(at('/up'), post(body)));
    send!.enqueue(Buffer.from('one '));
    send!.enqueue(Buffer.from('two'));
    send!.close();
    expect(await (await answer).json()).toMatchObject({ body: 'one two' });
  });

  test('the stream of a Request is cancelled when the upload is given up', async () => {
    const { authFetch, at } = await openFetch();
    const cancelled = jest.fn();
    const body = new ReadableStream<Uint8Array>({ cancel: cancelled });
    const controller = new AbortController();
    const request = new Request(at('/up'), { ...post(body), signal: controller.signal });
    const answer = rejection(authFetch(request));
    controller.abort();
    expect((await answer).name).toBe('AbortError');
    await until(() => cancelled.mock.calls.length > 0);
  });
});
