import type Axios from 'axios';
import type * as Library from '../../src/index';
import type * as OAuth2 from '../../src/oauth2/index';
import { json, startServer, type TestServer } from '../support/http-server';
import { cleanUp } from '../support/session';
import { setGlobal } from '../support/web-globals';

afterEach(cleanUp);

interface Loaded {
  axios: typeof Axios;
  library: typeof Library;
  oauth2: typeof OAuth2;
}

/** axios looks once, when it is loaded, whether there is an XMLHttpRequest: it is loaded anew. */
function loadWithXhr(): Loaded {
  setGlobal('XMLHttpRequest', () => undefined);
  let loaded!: Loaded;
  jest.isolateModules(() => {
    loaded = {
      axios: jest.requireActual<{ default: typeof Axios }>('axios').default,
      library: jest.requireActual<typeof Library>('../../src/index'),
      oauth2: jest.requireActual<typeof OAuth2>('../../src/oauth2/index'),
    };
  });
  return loaded;
}

const tokens = { accessToken: 'access-1', refreshToken: 'refresh-1' };

const granting = (): Promise<TestServer> =>
  startServer((_request, response) => {
    json(response, 200, { ...tokens, accessToken: 'access-2' });
  });

type MakeRefresh = (loaded: Loaded, server: TestServer) => Library.AuthOptions['refresh'];

// Firefox asks the server by CORS about a User-Agent that is not its own, and most servers say no.
test.each<[string, MakeRefresh]>([
  [
    'context.client',
    () =>
      async (_tokens, { client }) =>
        (await client.post<typeof tokens>('/refresh')).data,
  ],
  [
    'oauth2Refresh',
    ({ oauth2 }, { url }) =>
      oauth2.oauth2Refresh({ clientId: 'client-1', tokenEndpoint: `${url}/token` }),
  ],
])('G39: the fetch that takes the place of XHR does not name axios: %s', async (_, makeRefresh) => {
  const server = await granting();
  const loaded = loadWithXhr();
  const api = loaded.axios.create({ adapter: 'xhr', baseURL: server.url });
  const auth = loaded.library.attachAuthInterceptors(api, { refresh: makeRefresh(loaded, server) });
  await auth.signIn(tokens);
  await auth.refresh();
  expect(await auth.getAccessToken()).toBe('access-2');
  expect(server.requests).toHaveLength(1);
  // That of the platform: `fetch` has put it in, because nobody else has.
  expect(server.requests[0]!.headers['user-agent']).not.toMatch(/axios/i);
  auth.detach();
});
