import axios from 'axios';
import type { AxiosInstance, CreateAxiosDefaults } from 'axios';
import { attachAuthInterceptors, memoryStore } from '../../src/index';
import type {
  AuthError,
  AuthOptions,
  AuthSession,
  SignedOutReason,
  TokenStore,
} from '../../src/index';
import { oauth2Refresh, type OAuth2Options } from '../../src/oauth2/index';
import { onCleanUp } from '../support/rig';
import {
  LIFETIME,
  startAuthorizationServer,
  type AuthorizationServer,
  type Client,
  type Make,
} from './authorization-server';
import { login, REDIRECT_URI } from './login';
import { startResourceServer, type ResourceServer } from './resource-server';

/** An authorization server, an API that trusts it, and a client that both know. */
export interface World {
  server: AuthorizationServer;
  resource: ResourceServer;
  client: Client;
}

export interface Session {
  api: AxiosInstance;
  auth: AuthSession;
  store: TokenStore;
  onSignedOut: jest.Mock<void, [AuthError | null, SignedOutReason]>;
}

export interface SessionOptions {
  oauth2?: Partial<OAuth2Options>;
  options?: Partial<AuthOptions>;
  axios?: CreateAxiosDefaults;
}

const WEB: Client = {
  id: 'web',
  secret: 'a-secret-of-the-web-client',
  method: 'client_secret_basic',
  grants: ['authorization_code', 'refresh_token'],
  redirectUri: REDIRECT_URI,
};

/** A secret that has to be encoded, wherever it is put. */
export const ODD_SECRET = 'a:b%c+d &=e/?"%41';

export const SERVICE: Client = {
  id: 'service',
  secret: 'a-secret-of-the-service',
  method: 'client_secret_basic',
  grants: ['client_credentials'],
};

export async function createWorld(make: Make, client: Client = WEB): Promise<World> {
  const server = await startAuthorizationServer(make);
  await server.register(client);
  return { server, client, resource: await startResourceServer(server) };
}

/** A client of the web with another way to authenticate. */
export function webClient(method: Client['method'], secret?: string): Client {
  const { secret: _, ...rest } = WEB;
  return { ...rest, method, ...(secret !== undefined && { secret }) };
}

/** A session that nobody has signed in to yet. */
export function openSession(world: World, given: SessionOptions = {}): Session {
  const { server, resource, client } = world;
  const api = axios.create({ baseURL: resource.url, ...given.axios });
  const onSignedOut = jest.fn<void, [AuthError | null, SignedOutReason]>();
  const store = given.options?.tokenStore ?? memoryStore();
  const auth = attachAuthInterceptors(api, {
    refresh: oauth2Refresh({
      clientId: client.id,
      ...(client.secret !== undefined && { clientSecret: client.secret }),
      clientAuthentication: client.method,
      tokenEndpoint: server.tokenEndpoint,
      revocationEndpoint: server.revocationEndpoint,
      ...given.oauth2,
    }),
    onSignedOut,
    ...given.options,
    tokenStore: store,
  });
  onCleanUp(() => {
    auth.detach();
  });
  return { api, auth, store, onSignedOut };
}

/** A session of somebody who has logged in at the authorization server. */
export async function openSignedIn(world: World, given: SessionOptions = {}): Promise<Session> {
  const session = openSession(world, given);
  await session.auth.signIn(await login(world.server, world.client));
  return session;
}

/** Every access token is over, by the clock of the server alone. */
export const expire = ({ server }: World): Promise<void> => server.putForward(LIFETIME + 1);

export async function statusesOf(requests: Promise<{ status: number }>[]): Promise<number[]> {
  return (await Promise.all(requests)).map(({ status }) => status);
}

/** As many requests at once. */
export const requests = (api: AxiosInstance, count: number): Promise<{ status: number }>[] =>
  Array.from({ length: count }, (_, n) => api.get(`/items/${n}`));
