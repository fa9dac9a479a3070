import axios from 'axios';
import type { AxiosInstance, AxiosResponse, CreateAxiosDefaults } from 'axios';
import type { InternalAxiosRequestConfig } from 'axios';
import { attachAuthInterceptors, memoryStore } from '../../src/index';
import type { AuthOptions, AuthSession, Tokens } from '../../src/index';
import { onCleanUp } from './rig';

export interface Attached {
  api: AxiosInstance;
  auth: AuthSession;
}

export interface AttachedOptions {
  axios?: CreateAxiosDefaults;
  options?: Partial<AuthOptions>;
  /** What the store holds. @default { accessToken: 'access-1' } */
  tokens?: Tokens | null;
}

/** An instance with a session that holds tokens already; a refresh gives `access-2`. */
export function attached(given: AttachedOptions = {}): Attached {
  const api = axios.create(given.axios);
  const { tokens = { accessToken: 'access-1' } } = given;
  const auth = attachAuthInterceptors(api, {
    refresh: () => Promise.resolve({ accessToken: 'access-2' }),
    tokenStore: memoryStore(tokens),
    ...given.options,
  });
  onCleanUp(() => {
    auth.detach();
  });
  return { api, auth };
}

export interface Recorder {
  adapter(config: InternalAxiosRequestConfig): Promise<AxiosResponse>;
  /** The headers of every request that was handed over, by lower-case name. */
  sent: Record<string, unknown>[];
}

/** An adapter that sends nothing and notes what it would have sent: for hosts that must not be asked. */
export function recorder(): Recorder {
  const sent: Recorder['sent'] = [];
  return {
    sent,
    adapter(config) {
      const fields = Object.entries(config.headers.toJSON());
      sent.push(Object.fromEntries(fields.map(([name, value]) => [name.toLowerCase(), value])));
      return Promise.resolve({ data: null, status: 200, statusText: 'OK', headers: {}, config });
    },
  };
}
