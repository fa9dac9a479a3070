import axios from 'axios';
import { setTimeout as pause } from 'node:timers/promises';
import { attachAuthInterceptors, webStorageStore, type TokenResponse } from '../../src/index';
import { until } from '../server/client';
import { startAuthServer, type AuthServer } from '../server/index';
import { cleanUp, login, onCleanUp } from '../support/rig';
import { createStorage, setGlobal } from '../support/web-globals';

afterEach(cleanUp);

let server: AuthServer;
let storage: Storage;
beforeEach(async () => {
  // No lock at all: neither Web Locks nor IndexedDB.
  setGlobal('navigator', undefined);
  setGlobal('indexedDB', undefined);
  storage = createStorage();
  // A used refresh token is refused; the tokens that it was traded for stay good.
  server = await startAuthServer({ reuseDetection: false });
  onCleanUp(() => server.close());
});

/** A tab of its own; `arrive` delays what its refresh got. */
function createTab(arrive: () => Promise<unknown> = () => Promise.resolve()) {
  const api = axios.create({ baseURL: server.url });
  const auth = attachAuthInterceptors(api, {
    tokenStore: webStorageStore(storage),
    refresh: async (tokens, { client }) => {
      const { refreshToken } = tokens ?? {};
      const { data } = await client.post<TokenResponse>('/auth/refresh', { refreshToken });
      await arrive();
      return data;
    },
  });
  onCleanUp(() => {
    auth.detach();
  });
  return { api, auth };
}

test('G11: without a lock, the tokens that a peer has stored before a refusal are adopted', async () => {
  const [one, other] = [createTab(), createTab()];
  await one.auth.signIn(await login(server));
  server.controls.expireAllAccessTokens();
  const answers = await Promise.all([one, other].map(({ api }) => api.get('/profile')));
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect([one.auth.status, other.auth.status]).toEqual(['signed-in', 'signed-in']);
});

test('G11: without a lock, a refusal waits a moment for the tokens of a peer', async () => {
  // The winner gets its answer after the loser was refused, as on a slow line.
  const winner = createTab(async () => {
    await until(() => server.stats.refreshRefused === 1);
    await pause(300);
  });
  const loser = createTab();
  await winner.auth.signIn(await login(server));
  server.controls.expireAllAccessTokens();
  const first = winner.api.get('/profile');
  await until(() => server.stats.refreshes === 1);
  const second = loser.api.get('/profile');
  const answers = await Promise.all([first, second]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect([winner.auth.status, loser.auth.status]).toEqual(['signed-in', 'signed-in']);
});

test('G11: without a lock, a refusal that no peer explains still ends the session', async () => {
  const [one, other] = [createTab(), createTab()];
  await one.auth.signIn(await login(server));
  await server.controls.revokeFamily('alice');
  server.controls.expireAllAccessTokens();
  await expect(one.api.get('/profile')).rejects.toMatchObject({
    code: 'ERR_AUTH_SESSION_EXPIRED',
  });
  expect(storage).toHaveLength(0);
  await until(() => other.auth.status === 'signed-out');
});
