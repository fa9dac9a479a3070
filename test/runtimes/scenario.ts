import type { AxiosInstance, AxiosRequestConfig, AxiosStatic } from 'axios';
import type * as Library from '../../src/index';
import { findLacks } from './lacks';
import type { Assignment, Check, Report, Seen } from './report';
import { listenForNoise } from './noise';

/** axios and the package, as the runtime resolves them. */
export interface Packages {
  axios: AxiosStatic;
  library: typeof Library;
}

interface TokenAnswer {
  accessToken: string;
  refreshToken: string;
  expiresIn?: number;
}

/** One signed-in session, and the server behind it. */
interface World extends Packages {
  assignment: Assignment;
  lacks: string[];
  api: AxiosInstance;
  auth: Library.AuthSession;
  signedOut(): number;
  /** Without interceptors. */
  bare: AxiosInstance;
  control(action: string): Promise<void>;
  seen(): Promise<Seen>;
  login(): Promise<TokenAnswer>;
}

type Refresh = Library.AuthOptions['refresh'];
type Options = Partial<Library.AuthOptions>;

/** Thrown by a check that the runtime has no means for. */
export class LeftOut extends Error {}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs the checks one after the other: they share one server. Needs nothing but axios and the package. */
export async function runScenario(packages: Packages, assignment: Assignment): Promise<Report> {
  const noise = listenForNoise();
  const lacks = findLacks();
  const checks: Check[] = [];
  for (const [name, check] of Object.entries(CHECKS)) {
    checks.push(await runCheck(name, () => check({ packages, assignment, lacks })));
  }
  // A rejection is reported some turns after it arose.
  await sleep(50);
  checks.push(
    await runCheck('G35: nothing is printed or left unhandled', () => equal(noise(), [])),
  );
  return { checks, lacks };
}

export async function runCheck(name: string, check: () => unknown): Promise<Check> {
  try {
    await check();
    return { name, outcome: 'passed' };
  } catch (error) {
    const { message, stack } = error as Error;
    if (error instanceof LeftOut) return { name, outcome: 'left out', why: message };
    return {
      name,
      outcome: 'failed',
      why: `${causes(error).join(', because of ')}\n${stack ?? ''}`,
    };
  }
}

function causes(error: unknown): string[] {
  if (error === undefined || error === null) return [];
  return [
    error instanceof Error ? String(error) : JSON.stringify(error),
    ...causes((error as { cause?: unknown }).cause),
  ];
}

export function equal(actual: unknown, expected: unknown): void {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (is !== should) throw new Error(`expected ${should}, got ${is}`);
}

interface Setting {
  packages: Packages;
  assignment: Assignment;
  lacks: string[];
}

const overClient: Refresh = async (tokens, { client }) =>
  (await client.post<TokenAnswer>('/auth/refresh', { refreshToken: tokens?.refreshToken })).data;

async function open(setting: Setting, options: Options = {}): Promise<World> {
  const { packages, assignment, lacks } = setting;
  const { axios, library } = packages;
  const { adapter } = assignment;
  const bare = axios.create({ baseURL: assignment.api, adapter });
  const control = axios.create({ baseURL: assignment.control, adapter });
  const api = axios.create({ baseURL: assignment.api, adapter });
  let signedOut = 0;
  const auth = library.attachAuthInterceptors(api, {
    refresh: overClient,
    refreshAhead: false,
    // Metro 0.81 (React Native 0.76) takes `void signedOut++` out of a release build.
    onSignedOut: () => {
      signedOut++;
    },
    ...options,
  });
  const login = async (): Promise<TokenAnswer> => {
    const alice = { username: 'alice', password: 'wonderland' };
    return (await bare.post<TokenAnswer>('/auth/login', alice)).data;
  };
  await control.post('/reset');
  await auth.signIn(await login());
  return {
    ...packages,
    assignment,
    lacks,
    api,
    auth,
    bare,
    login,
    signedOut: () => signedOut,
    async control(action) {
      await control.post(`/${action}`);
    },
    seen: async () => (await control.get<Seen>('/seen')).data,
  };
}

/** Polls the server instead of waiting for a time: a slow machine only makes the check slow. */
async function until({ seen }: World, isThere: (seen: Seen) => boolean): Promise<void> {
  for (let poll = 0; poll < 1_000; poll++) {
    if (isThere(await seen())) return;
    await sleep(10);
  }
  throw new Error(`it did not come to pass: ${isThere.toString()}`);
}

/** The status of an answer, or the code of an error. */
async function outcome(request: Promise<{ status: number }>): Promise<number | string> {
  try {
    return (await request).status;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

const outcomes = (requests: Promise<{ status: number }>[]): Promise<(number | string)[]> =>
  Promise.all(requests.map(outcome));

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** Expires the token and starts a request whose refresh the server holds back until `release`. */
async function holdOne(world: World): Promise<{ first: Promise<number | string> }> {
  await world.control('hold');
  await world.control('expire');
  const first = outcome(world.api.get('/profile'));
  await until(world, ({ refreshRequests }) => refreshRequests === 1);
  return { first };
}

/** The refresh goes through the attached instance, after an `await`. */
function refreshThrough(get: () => AxiosInstance, before?: () => Promise<unknown>): Refresh {
  return async (tokens) => {
    await sleep(1);
    await before?.();
    const body = { refreshToken: tokens?.refreshToken };
    return (await get().post<TokenAnswer>('/auth/refresh', body)).data;
  };
}

async function replays(
  setting: Setting,
  path: string,
  body: unknown,
  config: AxiosRequestConfig = {},
): Promise<unknown> {
  const world = await open(setting);
  await world.control('expire');
  const { data } = await world.api.post<unknown>(path, body, config);
  equal((await world.seen()).authorization[path], ['bearer', 'bearer']);
  equal((await world.seen()).refreshes, 1);
  return data;
}

/** Sends a body without the package, to leave a check out where axios does not send it either. */
async function axiosAlone<T>(
  setting: Setting,
  path: string,
  body: unknown,
  own: Record<string, string> = {},
): Promise<T> {
  const { bare, auth } = await open(setting);
  const headers = { ...own, Authorization: `Bearer ${(await auth.getAccessToken()) ?? ''}` };
  return (await bare.post<T>(path, body, { headers })).data;
}

/** Its build for servers gives a FormData a wrong Content-Type over the adapter `fetch`. */
async function formByAxiosAlone(setting: Setting, form: FormData): Promise<void> {
  interface Received {
    fields: object;
    files: unknown[];
  }
  const { fields, files } = await axiosAlone<Received>(setting, '/upload', form);
  if (Object.keys(fields).length + files.length === 0) {
    throw new LeftOut('axios alone sends a FormData with a wrong Content-Type');
  }
}

const SHA_OF_HELLO = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';

const CHECKS: Record<string, (setting: Setting) => Promise<void>> = {
  async 'G1: a request carries the token, and none after a sign-out'(setting) {
    const { api, auth, seen } = await open(setting);
    equal((await api.get<{ username: string }>('/profile')).data.username, 'alice');
    equal(auth.status, 'signed-in');
    await auth.signOut();
    equal(await outcome(api.get('/profile')), 'ERR_BAD_REQUEST');
    equal((await seen()).authorization['/profile'], ['bearer', 'none']);
  },

  async 'G3: the token does not go to another origin'(setting) {
    const { assignment } = setting;
    const { api } = await open(setting, { allowedOrigins: [assignment.api] });
    const { data } = await api.get<{ authorization: unknown }>(`${assignment.control}/echo`);
    equal(data.authorization, null);
    equal(await outcome(api.get(`${assignment.api}/profile`)), 200);
  },

  async 'G5: ten requests at one expiry, one refresh over context.client'(setting) {
    const { api, control, seen } = await open(setting);
    await control('expire');
    equal(await outcomes(times(10, () => api.get('/profile'))), Array(10).fill(200));
    equal((await seen()).refreshRequests, 1);
  },

  async 'G5: the next expiry is one refresh again'(setting) {
    const { api, control, seen } = await open(setting);
    for (const refreshes of [1, 2, 3]) {
      await control('expire');
      equal(await outcomes(times(3, () => api.get('/profile'))), [200, 200, 200]);
      equal((await seen()).refreshRequests, refreshes);
    }
  },

  async 'G7: a late 401 is replayed without another refresh'(setting) {
    const { assignment } = setting;
    const allowedOrigins = [assignment.api, assignment.control];
    const world = await open(setting, { allowedOrigins });
    const late = outcome(world.api.get(`${assignment.control}/late`));
    await until(world, ({ authorization }) => authorization['/late']?.length === 1);
    await world.control('expire');
    equal(await outcome(world.api.get('/profile')), 200);
    await world.control('answer-late');
    equal(await late, 200);
    const { authorization, refreshRequests } = await world.seen();
    equal([authorization['/late']?.length, refreshRequests], [2, 1]);
  },

  async 'G8: a refresh through the attached instance'(setting) {
    const { api, control, seen }: World = await open(setting, {
      refresh: refreshThrough(() => api),
    });
    await control('expire');
    equal(await outcomes(times(3, () => api.get('/profile'))), [200, 200, 200]);
    equal((await seen()).refreshRequests, 1);
  },

  async 'G8: any request that the refresh makes after an await'(setting) {
    if (setting.lacks.includes('AsyncLocalStorage')) throw new LeftOut('no AsyncLocalStorage');
    const { api, control, seen }: World = await open(setting, {
      refresh: refreshThrough(
        () => api,
        () => api.get('/public'),
      ),
    });
    await control('expire');
    equal(await outcomes(times(3, () => api.get('/profile'))), [200, 200, 200]);
    equal((await seen()).refreshRequests, 1);
  },

  async 'G11: a refused refresh rejects all, once, without a secret'(setting) {
    const { api, auth, control, library, signedOut, login } = await open(setting);
    const secrets = await login();
    await auth.signIn(secrets);
    await control('expire');
    await control('refuse');
    const caught = await Promise.all(
      times(3, (index) => api.post('/items', { index }).catch((error: unknown) => error)),
    );
    equal(caught.map(library.isAuthError), [true, true, true]);
    equal(
      caught.map((error) => (error as { code: string }).code),
      Array(3).fill('ERR_AUTH_SESSION_EXPIRED'),
    );
    const printed = JSON.stringify(caught) + caught.map(String).join('');
    equal(
      [printed.includes(secrets.accessToken), printed.includes(secrets.refreshToken)],
      [false, false],
    );
    equal([auth.status, signedOut()], ['signed-out', 1]);
  },

  async 'G14: signing in again after it works'(setting) {
    const { api, auth, control, login } = await open(setting);
    await control('expire');
    await control('refuse');
    equal(await outcome(api.get('/profile')), 'ERR_AUTH_SESSION_EXPIRED');
    await control('clear');
    await auth.signIn(await login());
    equal(await outcome(api.get('/profile')), 200);
  },

  async 'G10: a transient fault of the refresh is retried'(setting) {
    const { api, control, seen } = await open(setting);
    await control('expire');
    await control('fail-once');
    equal(await outcome(api.get('/profile')), 200);
    equal((await seen()).refreshRequests, 2);
  },

  async 'G18: a JSON POST is replayed, and runs once'(setting) {
    const world = await open(setting);
    await world.control('expire');
    const { data } = await world.api.post<{ received: unknown }>('/items', { name: 'café' });
    equal(data.received, { name: 'café' });
    const { items, authorization } = await world.seen();
    equal([items, authorization['/items']], [1, ['bearer', 'bearer']]);
  },

  async 'G18: URLSearchParams are replayed'(setting) {
    const form = new URLSearchParams({ hello: 'world' });
    interface Received {
      length: number;
      contentType: string;
    }
    const alone = await axiosAlone<Received>(setting, '/raw', form);
    if (alone.contentType === 'application/json') {
      throw new LeftOut('axios alone sends URLSearchParams as JSON');
    }
    const { length, contentType } = (await replays(setting, '/raw', form)) as Received;
    equal([length, contentType.split(';')[0]], [11, 'application/x-www-form-urlencoded']);
  },

  async 'G18: bytes are replayed'(setting) {
    const bytes = Uint8Array.from('hello', (letter) => letter.charCodeAt(0));
    const headers = { 'Content-Type': 'application/octet-stream' };
    const data = await replays(setting, '/raw', bytes, { headers });
    equal((data as { sha256: string }).sha256, SHA_OF_HELLO);
  },

  async 'G18: a Blob is replayed'(setting) {
    if (typeof Blob !== 'function') throw new LeftOut('no Blob');
    const headers = { 'Content-Type': 'text/plain' };
    const blob = new Blob(['hello']);
    interface Received {
      sha256: string;
    }
    const alone = await axiosAlone<Received>(setting, '/raw', blob, headers);
    if (alone.sha256 !== SHA_OF_HELLO) throw new LeftOut('axios alone sends a Blob as JSON');
    const data = await replays(setting, '/raw', blob, { headers });
    equal((data as Received).sha256, SHA_OF_HELLO);
  },

  async 'G18: a FormData is replayed'(setting) {
    if (typeof FormData !== 'function') throw new LeftOut('no FormData');
    const form = new FormData();
    form.append('name', 'alice');
    form.append('city', 'Zürich');
    await formByAxiosAlone(setting, form);
    const data = await replays(setting, '/upload', form);
    equal((data as { fields: unknown }).fields, { name: 'alice', city: 'Zürich' });
  },

  async 'G18: a file in a FormData is replayed'(setting) {
    if (setting.lacks.includes('FormData.entries')) throw new LeftOut('files are not Blobs');
    const form = new FormData();
    form.append('file', new Blob(['hello']), 'hello.txt');
    await formByAxiosAlone(setting, form);
    const data = await replays(setting, '/upload', form);
    const [file] = (data as { files: { name: string; sha256: string }[] }).files;
    equal([file?.name, file?.sha256], ['hello.txt', SHA_OF_HELLO]);
  },

  async 'an expiry is recognised when an ArrayBuffer was asked for'(setting) {
    const { api, control } = await open(setting);
    await control('expire');
    const config = { responseType: 'arraybuffer', params: { bytes: 5 } } as const;
    const { data } = await api.get<ArrayBuffer | Uint8Array>('/download', config);
    equal(Array.from(new Uint8Array(data)), [0, 1, 2, 3, 4]);
  },

  async 'an expiry is recognised when a Blob was asked for'(setting) {
    const { api, assignment, control } = await open(setting);
    if (assignment.adapter === 'http') throw new LeftOut('the adapter http gives no Blob');
    await control('expire');
    const config = { responseType: 'blob', params: { bytes: 5 } } as const;
    equal((await api.get<Blob>('/download', config)).data.size, 5);
  },

  async 'G20: an abort ends the wait of its request only'(setting) {
    const world = await open(setting);
    const { first } = await holdOne(world);
    const abort = new AbortController();
    const second = outcome(world.api.get('/profile', { signal: abort.signal }));
    abort.abort();
    equal(await second, 'ERR_CANCELED');
    await world.control('release');
    equal(await first, 200);
  },

  async 'G20: a timeout ends the wait of its request only'(setting) {
    const world = await open(setting);
    const { first } = await holdOne(world);
    equal(await outcome(world.api.get('/profile', { timeout: 30 })), 'ECONNABORTED');
    await world.control('release');
    equal(await first, 200);
  },

  async 'G21: a sign-out rejects what is held'(setting) {
    const world = await open(setting);
    const { first } = await holdOne(world);
    const others = outcomes(times(3, () => world.api.get('/profile')));
    await world.auth.signOut();
    equal(await first, 'ERR_AUTH_SIGNED_OUT');
    equal(await others, Array(3).fill('ERR_AUTH_SIGNED_OUT'));
    await world.control('release');
    equal(await world.auth.getAccessToken(), null);
  },

  async 'G31: a renewal in the background before the expiry'(setting) {
    const world = await open(setting, { refreshAhead: 0.02 });
    await world.auth.signIn({ ...(await world.login()), expiresIn: 4 });
    const reasons: string[] = [];
    world.auth.subscribe((event) => {
      if (event.type === 'refreshing') reasons.push(event.reason);
    });
    while (reasons.length === 0) {
      equal(await outcome(world.api.get('/profile')), 200);
      await sleep(20);
    }
    await until(world, ({ refreshes }) => refreshes === 1);
    equal(reasons, ['ahead']);
  },
};
