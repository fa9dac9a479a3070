import axios from 'axios';
import { webStorageStore, type TokenResponse } from '../../src/index';
import { createAuthFetch } from '../../src/fetch/index';
import { Load } from './load';
import type { Batch, Progress, Standing } from './protocol';
import { randomFrom } from './random';
import { axiosKinds, fetchKinds } from './shared-kinds';
import { openShared, subjectOf } from './shared-session';

/** What crosses from the test into the page is plain data. */
export interface TabSettings {
  seed: string;
  client: string;
  /** The name of the session. */
  name: string;
  directUrl: string;
  inFlight: number;
  think: number;
}

/** The application in each tab, as the test sees it: `window.soak`. */
export interface SoakTab {
  signIn(tokens: TokenResponse): Promise<void>;
  signOut(): Promise<void>;
  user(): Promise<string | null>;
  progress(): Progress;
  start(): void;
  stop(): void;
  end(): void;
}

declare global {
  interface Window {
    openTab(settings: TabSettings): void;
    soak: SoakTab;
    /** The test listens. */
    report(batch: Batch): void;
  }
}

/** The key that webStorageStore has by default. */
const KEY = 'auth.tokens';

/** The store is synchronous: whoever is signed in is read in the turn of the call. */
function standing(): Standing {
  const text = localStorage.getItem(KEY);
  if (text === null) return { user: null, family: null };
  const { accessToken } = JSON.parse(text) as { accessToken: string };
  return { user: subjectOf(accessToken), family: null };
}

window.openTab = (settings) => {
  const { name, client, inFlight, think } = settings;
  const xhr = axios.create({ baseURL: location.origin, adapter: 'xhr' });
  const other = axios.create({ baseURL: location.origin, adapter: 'fetch' });
  const session = openShared({
    ...settings,
    api: xhr,
    tokenStore: webStorageStore(() => localStorage, { key: KEY }),
    load: () => load,
    standing,
  });
  session.auth.attach(other);
  const authFetch = createAuthFetch(session.auth);
  session.kinds.push(
    ...axiosKinds(name, 'xhr', xhr),
    ...axiosKinds(name, 'fetch', other),
    ...fetchKinds(name, location.origin, authFetch),
  );
  const load: Load = new Load({
    client,
    random: randomFrom(`${settings.seed} ${client}`),
    views: [session],
    inFlight,
    think: () => think,
    report: (batch) => {
      window.report(batch);
    },
  });
  window.addEventListener('unhandledrejection', ({ reason }) => {
    load.noise.push(`unhandledrejection: ${String(reason)}`);
  });
  window.soak = {
    signIn: (tokens) => session.signIn(tokens),
    signOut: () => session.signOut(),
    user: () => session.user(),
    progress: () => load.progress(),
    start: () => load.start(),
    stop: () => load.stop(),
    end: () => load.end(),
  };
};
