import axios from 'axios';
import Keyv from 'keyv';
import { attachAuthInterceptors } from '../../src/index';
import type { Tokens, TokenStore } from '../../src/index';
import { startAuthServer } from '../server/index';
import { cleanUp, login, onCleanUp } from '../support/rig';

afterEach(cleanUp);

/** The store of the README. */
function keyvStore(keyv: Keyv): TokenStore {
  return {
    get: () => keyv.get<Tokens>('tokens'),
    set: async (tokens) => void (await keyv.set('tokens', tokens)),
    clear: async () => void (await keyv.delete('tokens')),
  };
}

/** What a database lock does, for the sessions of this test. */
function createLock(): NonNullable<TokenStore['lock']> {
  let last: Promise<unknown> = Promise.resolve();
  return (critical) => {
    const mine = last.then(critical);
    last = mine.catch(() => undefined);
    return mine;
  };
}

async function sessionsOver(stores: TokenStore[]) {
  const server = await startAuthServer();
  onCleanUp(() => server.close());
  const apis = stores.map((tokenStore) => {
    const api = axios.create({ baseURL: server.url });
    const auth = attachAuthInterceptors(api, {
      tokenStore,
      refresh: async (tokens, { client }) =>
        (await client.post('/auth/refresh', { refreshToken: tokens?.refreshToken })).data as Tokens,
    });
    onCleanUp(() => {
      auth.detach();
    });
    return { api, auth };
  });
  await apis[0]!.auth.signIn(await login(server));
  return { server, apis };
}

test('G27: a store over Keyv, without a lock, renews once in one process', async () => {
  const { server, apis } = await sessionsOver([keyvStore(new Keyv())]);
  server.controls.expireAllAccessTokens();
  const answers = await Promise.all(Array.from({ length: 20 }, () => apis[0]!.api.get('/profile')));
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  expect(server.stats.refreshes).toBe(1);
});

test('G27: a store over Keyv, with a lock, renews once over several sessions', async () => {
  const keyv = new Keyv();
  const lock = createLock();
  const stores = Array.from({ length: 4 }, () => ({ ...keyvStore(keyv), lock }));
  const { server, apis } = await sessionsOver(stores);
  server.controls.expireAllAccessTokens();
  const answers = await Promise.all(
    apis.flatMap(({ api }) => Array.from({ length: 5 }, () => api.get('/profile'))),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  expect(server.stats).toMatchObject({ refreshes: 1, reuseDetected: 0 });
});
