import { cleanUp } from '../support/rig';
import { OldSearchParams } from '../support/old-search-params';
import { setGlobal } from '../support/web-globals';
import { fieldsOf, openBareSession, startBareServer } from './bare-server';

afterEach(cleanUp);

test('G39: the URLSearchParams of React Native 0.76 has no `set`', async () => {
  const native = URLSearchParams;
  const server = await startBareServer();
  const { auth, store } = openBareSession(server, {
    clientId: 'client-1',
    clientSecret: 'secret-1',
    clientAuthentication: 'client_secret_post',
    scope: ['a', 'b'],
    resource: ['https://one.example.test', 'https://two.example.test'],
    extraParameters: { audience: 'an audience', scope: 'of-no-use' },
  });
  setGlobal('URLSearchParams', OldSearchParams);
  await auth.refresh();
  setGlobal('URLSearchParams', native);
  expect(await store.get()).toMatchObject({ accessToken: 'access-token-1' });
  expect(fieldsOf(server.requests[0]!).sort()).toEqual([
    ['audience', 'an audience'],
    ['client_id', 'client-1'],
    ['client_secret', 'secret-1'],
    ['grant_type', 'refresh_token'],
    ['refresh_token', 'refresh-token-0'],
    ['resource', 'https://one.example.test'],
    ['resource', 'https://two.example.test'],
    ['scope', 'a b'],
  ]);
});
