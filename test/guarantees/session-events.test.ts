import type { AuthEvent } from '../../src/index';
import { until } from '../server/client';
import { cleanUp, createRig, login } from '../support/rig';
import {
  codeOf,
  openSession,
  recordEvents,
  REFRESH_PATH,
  settle,
  startTokenServer,
} from '../support/token-server';

afterEach(cleanUp);

test('G26: events come in the order of what happened', async () => {
  const { server, api, auth, events } = await createRig();
  server.controls.expireAllAccessTokens();
  await api.get('/profile');
  server.controls.failRefresh(1, 409);
  await codeOf(auth.refresh());
  await auth.signOut();
  await auth.signIn(await login(server));
  server.controls.failRefresh(1, 401);
  await codeOf(auth.refresh());
  await until(() => events.at(-1)?.type === 'signed-out');

  expect(
    events.map((event) => ('reason' in event ? [event.type, event.reason] : [event.type])),
  ).toEqual([
    ['signed-in'],
    ['refreshing', 'rejected'],
    ['refreshed'],
    ['refreshing', 'manual'],
    ['refresh-failed'],
    ['signed-out', 'signed-out'],
    ['signed-in'],
    ['refreshing', 'manual'],
    ['signed-out', 'expired'],
  ]);
});

test('G26: the refreshed event counts its attempts and those who waited', async () => {
  const { server, api, events } = await createRig();
  server.controls.failRefresh(1);
  server.controls.expireAllAccessTokens();
  await Promise.all([api.get('/profile'), api.get('/items'), api.get('/items')]);
  await until(() => events.at(-1)?.type === 'refreshed');

  const event = events.at(-1) as Extract<AuthEvent, { type: 'refreshed' }>;
  expect(event).toMatchObject({ attempts: 2, held: 3 });
  expect(event.ms).toBeGreaterThan(0);
});

test('G26: those who wait are settled before anybody is told of the end', async () => {
  const server = await startTokenServer();
  const order: string[] = [];
  const { auth } = openSession(server, {
    refresh: () => null,
    onSignedOut: () => void order.push('onSignedOut'),
  });
  auth.subscribe(({ type }) => void order.push(type));
  await codeOf(auth.refresh()).then((code) => order.push(code));
  await settle(server);

  expect(order.find((entry) => entry !== 'refreshing')).toBe('ERR_AUTH_SESSION_EXPIRED');
  expect(order).toEqual(expect.arrayContaining(['signed-out', 'onSignedOut']));
});

test('G26: a listener that was removed hears nothing more, the others go on', async () => {
  const server = await startTokenServer();
  const { auth } = openSession(server);
  const heard: string[] = [];
  const stop = auth.subscribe(() => void heard.push('first'));
  auth.subscribe(() => void heard.push('second'));
  stop();
  stop();
  await auth.signOut();
  expect(heard).toEqual(['second']);
});

test('G26: a function that is subscribed twice is called twice, and removed one by one', async () => {
  const server = await startTokenServer();
  const { auth } = openSession(server);
  let heard = 0;
  const listener = (): void => {
    heard++;
  };
  const stop = auth.subscribe(listener);
  auth.subscribe(listener);
  stop();
  await auth.signOut();
  expect(heard).toBe(1);
});

test('G26: the status is true at the moment of each event', async () => {
  const server = await startTokenServer();
  const { auth } = openSession(server, { refresh: () => null });
  const seen: string[][] = [];
  auth.subscribe(({ type }) => void seen.push([type, auth.status]));
  await codeOf(auth.refresh());
  await settle(server);
  await auth.signIn(server.issue('bob'));
  await auth.signOut();

  expect(seen.filter(([type]) => type !== 'refreshing')).toEqual([
    ['signed-out', 'signed-out'],
    ['signed-in', 'signed-in'],
    ['signed-out', 'signed-out'],
  ]);
});

test('G26: onSignedOut is told once when many requests meet the end together', async () => {
  const told: unknown[] = [];
  const { server, api, auth } = await createRig({
    options: { onSignedOut: (error) => void told.push(error?.code) },
  });
  server.controls.suspend('alice');
  const requests = Array.from({ length: 20 }, () => codeOf(api.get('/profile')));
  const codes = new Set(await Promise.all([...requests, codeOf(auth.refresh())]));
  await settleTurns();

  expect([...codes].every((code) => code.startsWith('ERR_AUTH_S'))).toBe(true);
  expect(told).toEqual(['ERR_AUTH_SESSION_EXPIRED']);
});

test('G26: a session over a store with tokens is known when a listener comes', async () => {
  const server = await startTokenServer();
  const { auth } = openSession(server);
  expect(auth.status).toBe('unknown');
  const events = recordEvents(auth);
  expect(auth.status).toBe('signed-in');
  await settle(server);
  expect(events).toEqual([]);
  expect(server.at(REFRESH_PATH)).toEqual([]);
});

async function settleTurns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}
