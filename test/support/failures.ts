import axios from 'axios';
import type { AxiosInstance, AxiosRequestConfig } from 'axios';
import { Agent } from 'node:http';
import { Readable } from 'node:stream';
import { memoryStore } from '../../src/index';
import type { AuthErrorCode, AuthOptions, AuthSession, Tokens } from '../../src/index';
import { createRig, onCleanUp, rejection, type Rig } from './session';

export interface FailureSetting {
  adapter?: 'http' | 'fetch';
  /** The client of the refresh context, or the attached instance itself. @default 'client' */
  refreshThrough?: 'client' | 'instance';
  options?: Partial<AuthOptions>;
}

export interface Failure {
  rig: Rig;
  error: unknown;
  /** Every token that the session ever held, and a cookie. */
  secrets: string[];
  /** What the logger got. */
  lines: unknown[][];
}

interface Scene {
  rig: Rig;
  api: AxiosInstance;
  auth: AuthSession;
  config: AxiosRequestConfig;
  breakStore(): void;
  /** From now on the API refuses every token that is stored, as expired. */
  refuseFresh(): void;
}

/** Brings one failure about; gives what the request rejects with. */
interface Scenario {
  options?: Partial<AuthOptions>;
  run(scene: Scene): Promise<unknown>;
  /** True where the request got a 401 of its own. */
  refused: boolean;
}

const COOKIE = 'sid-7d1f0c52a9b84e63';

const profile = ({ api, config }: Scene): Promise<unknown> => api.get('/profile', config);

const expired = (scene: Scene): Promise<unknown> => {
  scene.rig.server.controls.expireAllAccessTokens();
  return profile(scene);
};

const once = (auth: AuthSession, type: string): Promise<void> =>
  new Promise((resolve) => {
    const stop = auth.subscribe((event) => {
      if (event.type !== type) return;
      stop();
      resolve();
    });
  });

/** One way to each code, over real HTTP wherever there is a server to ask. */
export const FAILURES: Record<AuthErrorCode, Scenario> = {
  ERR_AUTH_SESSION_EXPIRED: {
    refused: true,
    run(scene) {
      scene.rig.server.controls.failRefresh(Infinity, 401, { code: 'INVALID_REFRESH_TOKEN' });
      return expired(scene);
    },
  },
  ERR_AUTH_SIGNED_OUT: {
    refused: true,
    async run(scene) {
      scene.rig.server.controls.hold();
      const refreshing = once(scene.auth, 'refreshing');
      const request = expired(scene);
      request.catch(() => undefined);
      await refreshing;
      await scene.auth.signOut();
      return request;
    },
  },
  ERR_AUTH_REFRESH_FAILED: {
    options: { refreshRetries: 0 },
    refused: true,
    run(scene) {
      scene.rig.server.controls.failRefresh(Infinity, 503);
      return expired(scene);
    },
  },
  ERR_AUTH_REFRESH_TIMEOUT: {
    options: { refreshTimeout: 400 },
    refused: true,
    run(scene) {
      scene.rig.server.controls.hold();
      return expired(scene);
    },
  },
  ERR_AUTH_REFRESH_LOOP: {
    refused: true,
    run(scene) {
      scene.refuseFresh();
      return expired(scene);
    },
  },
  ERR_AUTH_INVALID_TOKENS: {
    options: {
      // The answer as it came, under a name that nobody knows.
      refresh: async (tokens, { client }) =>
        ({
          tokens: (await client.post<unknown>('/auth/refresh', tokens)).data,
        }) as never,
    },
    refused: true,
    run: expired,
  },
  ERR_AUTH_STORE: {
    refused: false,
    run(scene) {
      scene.breakStore();
      return profile(scene);
    },
  },
  ERR_AUTH_NOT_REPLAYABLE: {
    refused: true,
    run({ rig, api, config }) {
      rig.server.controls.expireAllAccessTokens();
      const bytes = Readable.from([Buffer.from('once')]);
      const data = config.adapter === 'fetch' ? Readable.toWeb(bytes) : bytes;
      return api.post('/raw', data, config);
    },
  },
  ERR_AUTH_INSECURE_URL: {
    refused: false,
    run({ auth, config }) {
      const plain = axios.create({ baseURL: 'http://api.example.test' });
      auth.attach(plain);
      return plain.get('/profile', config);
    },
  },
  ERR_AUTH_CONFIG: {
    refused: false,
    run({ rig, auth, config }) {
      const homeless = axios.create();
      auth.attach(homeless);
      return homeless.get(`${rig.server.url}/profile`, config);
    },
  },
};

export const CODES = Object.keys(FAILURES) as AuthErrorCode[];

export async function provoke(code: AuthErrorCode, setting: FailureSetting = {}): Promise<Failure> {
  const { adapter = 'http', refreshThrough = 'client' } = setting;
  const secrets = [COOKIE];
  const lines: unknown[][] = [];
  let broken = false;
  let refusesFresh = false;
  const note = (...line: unknown[]): void => void lines.push(line);
  const inner = memoryStore();
  const agent = new Agent({ keepAlive: true });
  onCleanUp(() => {
    agent.destroy();
  });
  const rig: Rig = await createRig({
    axios: { adapter, httpAgent: agent },
    options: {
      refresh: async (tokens, { client }) =>
        (
          await (refreshThrough === 'client' ? client : rig.api).post<Tokens>(
            '/auth/refresh',
            { refreshToken: tokens?.refreshToken },
            { headers: { Cookie: `sid=${COOKIE}` } },
          )
        ).data,
      logger: { debug: note, warn: note, error: note },
      ...FAILURES[code].options,
      ...setting.options,
      tokenStore: {
        get() {
          if (broken) throw new Error(`Cannot parse ${JSON.stringify(inner.get())}`);
          return inner.get();
        },
        set(tokens) {
          secrets.push(tokens.accessToken, tokens.refreshToken ?? tokens.accessToken);
          if (refusesFresh) rig.server.controls.expireAllAccessTokens();
          return inner.set(tokens);
        },
        clear: () => inner.clear(),
      },
    },
  });
  const breakStore = (): void => {
    broken = true;
  };
  const refuseFresh = (): void => {
    refusesFresh = true;
  };
  const { api, auth } = rig;
  const config = { adapter, headers: { Cookie: `sid=${COOKIE}` } };
  const scene: Scene = { rig, api, auth, config, breakStore, refuseFresh };
  const error = await rejection(FAILURES[code].run(scene));
  return { rig, error, secrets, lines };
}
