import type { Tokens } from '../../src/index';
import { until } from '../server/client';
import { cleanUp } from '../support/rig';
import { openSlow } from '../support/slow-session';
import {
  codeOf,
  openSession,
  REFRESH_PATH,
  settle,
  startTokenServer,
  type Opened,
  type OpenOptions,
  type TokenServer,
} from '../support/token-server';

afterEach(cleanUp);

interface Refreshing extends Opened {
  server: TokenServer;
  revoked: string[];
  renewal: Promise<string>;
  answer(): void;
}

/** A refresh is under way, and its answer is held back. */
async function refreshing(options: OpenOptions = {}): Promise<Refreshing> {
  const server = await startTokenServer();
  const revoked: string[] = [];
  const opened = openSession(server, {
    revoke: (tokens) => void revoked.push(named(tokens)),
    ...options,
  });
  const answer = server.hold(REFRESH_PATH);
  const renewal = codeOf(opened.auth.refresh());
  await until(() => server.at(REFRESH_PATH).length === 1);
  return { server, revoked, renewal, answer, ...opened };
}

const named = (tokens: Tokens | null): string =>
  `${tokens?.accessToken ?? ''} ${tokens?.refreshToken ?? ''}`;

const first = 'access-alice-1 refresh-alice-1';
const second = 'access-alice-2 refresh-alice-2';

test('G21: what a refresh brings after the sign-out is revoked, too', async () => {
  const { auth, revoked, renewal, answer, store } = await refreshing({
    // A refresh that goes on although it was told to stop.
    refresh: async (tokens, { client }) => (await client.post<Tokens>(REFRESH_PATH, tokens)).data,
  });
  await auth.signOut();
  expect([await renewal, revoked]).toEqual(['ERR_AUTH_SIGNED_OUT', [first]]);
  answer();
  await until(() => revoked.length === 2);
  expect(revoked.sort()).toEqual([first, second]);
  expect(await store.get()).toBeNull();
});

test('G21: a refresh token that the server does not give again is revoked with the new tokens', async () => {
  let answer = (_: Tokens): void => undefined;
  const revoked: unknown[] = [];
  const server = await startTokenServer();
  const { auth } = openSession(server, {
    revoke: (tokens) => void revoked.push(tokens),
    refresh: () => new Promise((resolve) => (answer = resolve)),
  });
  const renewal = codeOf(auth.refresh());
  await until(() => auth.status === 'refreshing');
  await settle(server);
  await auth.signOut();
  answer({ accessToken: 'access-alice-9' });
  await until(() => revoked.length === 2);
  expect(revoked[1]).toMatchObject({
    accessToken: 'access-alice-9',
    refreshToken: 'refresh-alice-1',
  });
  expect(await renewal).toBe('ERR_AUTH_SIGNED_OUT');
});

test('G21: a refresh that fails after the sign-out, or gives nothing, revokes nothing more', async () => {
  for (const late of [null, {}, 'tokens', new Error('down')]) {
    let answer = (): void => undefined;
    const revoke = jest.fn();
    const server = await startTokenServer();
    const { auth } = openSession(server, {
      revoke,
      refresh: () =>
        new Promise((resolve, reject) => {
          answer = () => (late instanceof Error ? reject(late) : resolve(late as never));
        }),
    });
    const renewal = codeOf(auth.refresh());
    await settle(server);
    await auth.signOut();
    answer();
    expect(await renewal).toBe('ERR_AUTH_SIGNED_OUT');
    await settle(server);
    expect(revoke).toHaveBeenCalledTimes(1);
  }
});

test('G22: a sign-in during a refresh revokes nothing: its tokens may be of the same grant', async () => {
  const { auth, server, revoked, renewal, answer, store } = await refreshing();
  const theirs = server.issue('bob');
  await auth.signIn(theirs);
  answer();
  expect(await renewal).toBe('ERR_AUTH_SIGNED_OUT');
  await settle(server);
  expect([revoked, await store.get()]).toEqual([[], theirs]);
});

test('G22: nor is anything more revoked after a sign-out and a sign-in', async () => {
  const { auth, server, revoked, renewal, answer } = await refreshing();
  await auth.signOut();
  await auth.signIn(server.issue('bob'));
  answer();
  expect(await renewal).toBe('ERR_AUTH_SIGNED_OUT');
  await settle(server);
  expect(revoked).toEqual([first]);
});

test('G21: the tokens of a refresh that are just being stored are the ones that are revoked', async () => {
  const revoked: string[] = [];
  const opened = await openSlow(true, {
    revoke: (tokens) => void revoked.push(named(tokens)),
  });
  const { auth, slow } = opened;
  slow.hold('set');
  const renewal = codeOf(auth.refresh());
  await until(() => slow.waiting('set') === 1);
  const signedOut = auth.signOut();
  slow.release();
  await signedOut;
  expect([await renewal, revoked, slow.held]).toEqual(['ERR_AUTH_SIGNED_OUT', [second], null]);
});

test('G21: the tokens of a refresh for which the store is being read are revoked as well', async () => {
  const revoked: string[] = [];
  const opened = await openSlow(true, {
    revoke: (tokens) => void revoked.push(named(tokens)),
  });
  const { auth, server, slow } = opened;
  const answer = server.hold(REFRESH_PATH);
  const renewal = codeOf(auth.refresh());
  await until(() => server.at(REFRESH_PATH).length === 1);
  slow.hold('get');
  answer();
  await until(() => slow.waiting('get') === 1);
  const signedOut = auth.signOut();
  slow.release();
  await signedOut;
  expect(await renewal).toBe('ERR_AUTH_SIGNED_OUT');
  await settle(server);
  expect(revoked.sort()).toEqual([first, second]);
});
