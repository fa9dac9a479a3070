import axios from 'axios';
import {
  attachAuthInterceptors,
  isAuthError,
  webStorageStore,
  type AuthEvent,
  type TokenResponse,
  type TokenStore,
} from '../../src/index';
import { oauth2Refresh } from '../../src/oauth2/index';

/** How a tab is set up; what crosses from the test into the page is plain data. */
export interface TabSetup {
  server: string;
  adapter: 'xhr' | 'fetch';
  storage: 'localStorage' | 'sessionStorage';
  refreshTimeout?: number;
}

/** The application in each tab, as the tests see it: `window.tab`. */
export interface Tab {
  /** Sends as many requests at once; what each caller got: a status, or the code of its error. */
  request(count: number): Promise<(number | string)[]>;
  signIn(tokens: TokenResponse): Promise<void>;
  signOut(): Promise<void>;
  status(): string;
  /** Who the server takes this tab for. */
  user(): Promise<string>;
  /** What has happened so far. */
  events(): AuthEvent['type'][];
}

function createTab({ server, adapter, storage, refreshTimeout = 30_000 }: TabSetup): Tab {
  const api = axios.create({ baseURL: server, adapter });
  const auth = attachAuthInterceptors(api, {
    tokenStore: webStorageStore(window[storage]),
    refreshTimeout,
    // The tests expire more often within seconds than any server does.
    refreshLimit: false,
    refresh: async (tokens, { client }) =>
      (
        await client.post<{ accessToken: string }>('/auth/refresh', {
          refreshToken: tokens?.refreshToken,
        })
      ).data,
  });
  const events: AuthEvent['type'][] = [];
  auth.subscribe(({ type }) => events.push(type));

  async function requestOnce(): Promise<number | string> {
    try {
      return (await api.get('/profile')).status;
    } catch (error) {
      if (isAuthError(error)) return error.code;
      return axios.isAxiosError(error) ? (error.response?.status ?? error.message) : String(error);
    }
  }

  return {
    request: (count) => Promise.all(Array.from({ length: count }, requestOnce)),
    signIn: (tokens) => auth.signIn(tokens),
    signOut: () => auth.signOut(),
    status: () => auth.status,
    user: async () => (await api.get<{ username: string }>('/profile')).data.username,
    events: () => events,
  };
}

/** Refreshes once by OAuth; gives the code and the message of the error, or the new access token. */
async function refreshBy(tokenEndpoint: string): Promise<string> {
  const auth = attachAuthInterceptors(axios.create({ adapter: 'xhr' }), {
    refresh: oauth2Refresh({ clientId: 'web', tokenEndpoint }),
  });
  await auth.signIn({ accessToken: 'access', refreshToken: 'secret' });
  try {
    return (await auth.refresh()).accessToken;
  } catch (error) {
    return isAuthError(error) ? `${error.code} ${error.message}` : String(error);
  }
}

declare global {
  interface Window {
    createTab(setup: TabSetup): Tab;
    createStore(storage?: TabSetup['storage']): TokenStore;
    refreshBy(tokenEndpoint: string): Promise<string>;
    tab: Tab;
    /** A second application in the same page. */
    second: Tab;
    /** A store that a test uses more than once. */
    kept?: TokenStore;
    /** Until this time in milliseconds, by the clock that all tabs share, and not a millisecond later. */
    waitFor(time: number): Promise<void>;
  }
}

window.createTab = createTab;
window.refreshBy = refreshBy;
window.createStore = (storage = 'localStorage') => webStorageStore(window[storage]);
window.waitFor = async (time) => {
  const now = (): number => performance.timeOrigin + performance.now();
  // A tab that is busy hears of nothing: not before it has to be.
  while (now() < time - 5) await new Promise((resolve) => setTimeout(resolve, 1));
  while (now() < time);
};
