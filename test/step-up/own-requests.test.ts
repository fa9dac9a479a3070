import { ask, openScoped, type Scoped } from '../support/scoped-server';
import { cleanUp, codeOf, gate, until, withoutAsyncContext } from '../support/session';

afterEach(cleanUp);

/** Renews once more: a refresh token that was lost shows by being used a second time. */
async function staysSignedIn({ api, server }: Scoped): Promise<void> {
  server.expire();
  expect(await codeOf(api.get('/a'))).toBe('ok');
  expect(server.reused).toBe(0);
}

const THROUGH = [
  ['context.client', false],
  ['the attached instance', true],
] as const;

/** A turn of the event loop, after which the synchronous part of a caller is over. */
async function gateOpen(): Promise<void> {
  const { promise, open } = gate();
  setImmediate(open);
  await promise;
}

const forEver = (): Promise<null> => new Promise(() => undefined);

describe('Step-up: what the handler itself requests and calls', () => {
  test.each(THROUGH)(
    'G8: a request that the handler makes through %s is no deadlock',
    async (_, own) => {
      const inner: string[] = [];
      const scoped: Scoped = await openScoped({
        handler: async (_challenge, { client }) => {
          await gateOpen();
          const through = own ? scoped.api : client;
          inner.push(await codeOf(through.get('/open')), await codeOf(through.get('/needs/write')));
          return scoped.server.issue('write');
        },
      });
      expect((await ask(scoped, 'write')).token).toBe('access-scoped-2');
      // The second meets the very challenge that is being met, and gets its own 403 or 401.
      expect(inner).toEqual(['ok', 'ERR_BAD_REQUEST']);
    },
  );

  test('G8: where nothing tells its request apart, the timeout ends the wait for itself', async () => {
    withoutAsyncContext();
    const scoped: Scoped = await openScoped({
      timeout: 200,
      handler: async () => {
        await gateOpen();
        await codeOf(ask(scoped, 'write'));
        return scoped.server.issue('write');
      },
    });
    expect(await codeOf(ask(scoped, 'write'))).toBe('ERR_BAD_REQUEST');
  });

  test('G8: a request of the handler that meets the expiry is renewed and sent again', async () => {
    const scoped: Scoped = await openScoped({
      handler: async () => {
        scoped.server.expire();
        await scoped.api.get('/a');
        return { accessToken: scoped.server.issue('write').accessToken };
      },
    });
    expect((await ask(scoped, 'write')).path).toBe('/needs/write');
    await staysSignedIn(scoped);
  });

  test('G26: the handler may sign out at once and never return', async () => {
    const scoped: Scoped = await openScoped({
      handler() {
        void scoped.auth.signOut();
        return forEver();
      },
    });
    expect(await codeOf(ask(scoped, 'write'))).toBe('ERR_AUTH_SIGNED_OUT');
  });

  test('G14: the handler is called for the next session after one that never returned', async () => {
    let asked = 0;
    const scoped: Scoped = await openScoped({
      handler() {
        if (++asked > 1) return scoped.server.issue('write');
        void scoped.auth.signOut();
        return forEver();
      },
    });
    void codeOf(ask(scoped, 'write'));
    await until(() => asked === 1);
    await scoped.auth.signIn(scoped.server.issue());
    expect(await codeOf(ask(scoped, 'write'))).toBe('ok');
  });

  test('a handler that returns late does not make the next one wait for itself', async () => {
    let asked = 0;
    let comeBack: (nothing: null) => void = () => undefined;
    const scoped: Scoped = await openScoped({
      timeout: 1_500,
      async handler() {
        if (++asked === 1) return new Promise<null>((resolve) => (comeBack = resolve));
        comeBack(null);
        await new Promise((resolve) => setImmediate(resolve));
        await codeOf(ask(scoped, 'write'));
        return scoped.server.issue('write');
      },
    });
    expect(await codeOf(ask(scoped, 'write'))).toBe('ERR_BAD_REQUEST');
    expect(await codeOf(ask(scoped, 'write'))).toBe('ok');
  });
});
