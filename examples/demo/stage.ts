import { Agent } from 'node:http';
import axios from 'axios';
import { attachAuthInterceptors } from '../../src/index';
import type { AuthSession, TokenResponse } from '../../src/index';
import { startAuthServer, type AuthServer } from '../../test/server/index';
import { createCaller } from './caller';
import { Recorder, REFRESH_PATH } from './recorder';

/** In seconds: so short that every few requests meet an expiry. */
export const TOKEN_LIFETIME = 1;

/** In milliseconds, before every answer: on loopback nothing would be seen otherwise. */
export const LATENCY = 40;

/** In milliseconds: what a renewal takes on top. */
const RENEWAL_TAKES = 100;

/** The server, the session and everybody who looks on. */
export interface Stage {
  server: AuthServer;
  auth: AuthSession;
  recorder: Recorder;
  call: ReturnType<typeof createCaller>;
  close(): Promise<void>;
}

/** Starts the auth server and signs in: this is all that an application has to do. */
export async function setStage(): Promise<Stage> {
  const server = await startAuthServer({
    accessTokenLifetime: TOKEN_LIFETIME,
    latency: LATENCY,
  });
  server.controls.delayRefresh(RENEWAL_TAKES);

  const recorder = new Recorder();
  const api = axios.create({
    baseURL: server.url,
    adapter: recorder.adapter,
    proxy: false,
    httpAgent: new Agent({ keepAlive: false }),
  });
  const auth = attachAuthInterceptors(api, {
    refresh: async (tokens, { client, signal }) => {
      const body = { refreshToken: tokens?.refreshToken };
      return (await client.post<TokenResponse>(REFRESH_PATH, body, { signal })).data;
    },
    // The default is for tokens that live for minutes.
    refreshAhead: 0.6,
  });
  auth.subscribe(recorder.onEvent);

  const credentials = { username: 'alice', password: 'wonderland' };
  const login = await api.post<TokenResponse>('/auth/login', credentials, { skipAuth: true });
  await auth.signIn(login.data);

  return {
    server,
    auth,
    recorder,
    call: createCaller(api, recorder),
    async close() {
      auth.detach();
      await server.close();
    },
  };
}
