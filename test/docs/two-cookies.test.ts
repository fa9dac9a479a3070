import type { AxiosInstance } from 'axios';
import type { Page } from 'playwright-core';
import type { AuthSession } from '../../src/index';
import { describeInChromium } from '../browser/chromium';
import { json, startServer, type TestServer } from '../support/http-server';
import { cleanUp, onCleanUp } from '../support/rig';
import { bundlePage } from './bundle-page';
import { createInside, serveCode } from './in-browser';

jest.setTimeout(120_000);

interface Exports {
  api: AxiosInstance;
  auth: AuthSession;
  isSignedIn(): Promise<boolean>;
  signIn(username: string, password: string): Promise<void>;
  signOut(): Promise<void>;
}

interface CookieApi extends TestServer {
  /** Every access token is over from here on. */
  expire(): void;
  at(path: string): TestServer['requests'];
  /** Refreshes with a token that was used before. */
  reused: number;
}

/** Both tokens in cookies of their own; the refresh token is used once. */
async function startCookieApi(origin: string): Promise<CookieApi> {
  let issued = 0;
  let access = new Map<string, string>();
  const refresh = new Map<string, string>();
  const used = new Set<string>();
  const cookieOf = (header: string | undefined, name: string): string =>
    new RegExp(`\\b${name}=([^;]*)`).exec(header ?? '')?.[1] ?? '';
  const cookie = (field: string): string => `${field}; HttpOnly; SameSite=Strict`;

  const server = await startServer(({ method, url, headers, body }, response) => {
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('access-control-allow-credentials', 'true');
    response.setHeader('access-control-allow-headers', 'Content-Type, X-Requested-With');
    const refreshToken = cookieOf(headers.cookie, 'refresh_token');
    const give = (user: string): void => {
      const token = `${++issued}`;
      access.set(token, user);
      refresh.set(token, user);
      response.setHeader('set-cookie', [
        cookie(`access_token=${token}; Path=/`),
        cookie(`refresh_token=${token}; Path=/auth`),
      ]);
      response.writeHead(204).end();
    };
    if (method === 'OPTIONS') response.writeHead(204).end();
    else if (headers['x-requested-with'] !== 'XMLHttpRequest') json(response, 403, {});
    else if (url === '/auth/login') {
      give((JSON.parse(body.toString()) as { username: string }).username);
    } else if (url === '/auth/refresh') {
      if (used.has(refreshToken)) api.reused++;
      used.add(refreshToken);
      const user = refresh.get(refreshToken);
      refresh.delete(refreshToken);
      if (user) give(user);
      else json(response, 401, {});
    } else if (url === '/auth/logout') {
      refresh.delete(refreshToken);
      response.setHeader('set-cookie', [
        cookie('access_token=; Path=/; Max-Age=0'),
        cookie('refresh_token=; Path=/auth; Max-Age=0'),
      ]);
      response.writeHead(204).end();
    } else {
      const username = access.get(cookieOf(headers.cookie, 'access_token'));
      if (username) json(response, 200, { username });
      else json(response, 401, { code: 'TOKEN_EXPIRED' });
    }
  });
  const api: CookieApi = {
    ...server,
    reused: 0,
    expire: () => (access = new Map()),
    at: (path) => server.requests.filter(({ method, url }) => url === path && method !== 'OPTIONS'),
  };
  return api;
}

const inside = createInside<Exports>();
const signIn = (tab: Page) => inside(tab, ({ signIn }) => signIn('alice', 'wonderland'));
const isSignedIn = (tab: Page) => inside(tab, ({ isSignedIn }) => isSignedIn());

/** Who the API says it is, or the code of the error. */
const request = (tab: Page) =>
  inside(tab, ({ api }) =>
    api.get<{ username: string }>('/profile').then(
      ({ data }) => data.username,
      (error: unknown) => (error as { code: string }).code,
    ),
  );

describeInChromium('the page about both tokens in cookies', (browser) => {
  afterEach(cleanUp);

  async function createStage(): Promise<{ server: CookieApi; open(): Promise<Page> }> {
    let code = '';
    const { url: origin } = await serveCode(() => code);
    const server = await startCookieApi(origin);
    code = bundlePage('docs/sign-in/two-cookies.md', { 'https://api.example.com': server.url });
    const context = await browser().newContext();
    onCleanUp(() => context.close());
    async function open(): Promise<Page> {
      const tab = await context.newPage();
      await tab.goto(origin);
      return tab;
    }
    return { server, open };
  }

  test('G37: no script finds a token, and requests carry the cookie instead of a header', async () => {
    const { server, open } = await createStage();
    const tab = await open();
    await signIn(tab);
    expect(await request(tab)).toBe('alice');
    const { headers } = server.at('/profile')[0]!;
    expect(headers).toMatchObject({ cookie: 'access_token=1' });
    expect(headers).not.toHaveProperty('authorization');
    const found = await inside(tab, async ({ auth }) => [
      document.cookie,
      await auth.getAccessToken(),
    ]);
    expect(found).toEqual(['', null]);
  });

  test('G37: an expiry is one refresh over the tabs, and the requests are sent again', async () => {
    const { server, open } = await createStage();
    const tabs = [await open(), await open()];
    await signIn(tabs[0]!);
    server.expire();
    const answers = tabs.flatMap((tab) => [request(tab), request(tab), request(tab)]);
    expect(await Promise.all(answers)).toEqual(Array(6).fill('alice'));
    expect([server.at('/auth/refresh').length, server.reused]).toEqual([1, 0]);
  });

  test('G37: without a mark the auth server is asked once, and a cookie signs in', async () => {
    const { server, open } = await createStage();
    const tab = await open();
    expect(await isSignedIn(tab)).toBe(false);
    expect(await request(tab)).toBe('ERR_BAD_REQUEST');
    expect(server.at('/auth/refresh')).toHaveLength(1);
    await signIn(tab);
    await inside(tab, () => {
      localStorage.clear();
    });
    await tab.reload();
    expect(await isSignedIn(tab)).toBe(true);
    expect(await request(tab)).toBe('alice');
    expect(server.at('/auth/refresh')).toHaveLength(2);
  });

  test('G29: a sign-in and a sign-out are seen in the other tab, and the cookies are gone', async () => {
    const { server, open } = await createStage();
    const [one, two] = [await open(), await open()];
    const shows = (status: string) => two.waitForFunction(`page.auth.status === '${status}'`);
    await two.evaluate('page.auth.onStatus(() => undefined)');
    await signIn(one);
    await shows('signed-in');
    await inside(one, ({ signOut }) => signOut());
    await shows('signed-out');
    expect(await request(two)).toBe('ERR_BAD_REQUEST');
    expect(server.at('/profile')[0]!.headers).not.toHaveProperty('cookie');
  });

  test('G22: another user in one tab ends the session of the other', async () => {
    const { open } = await createStage();
    const [one, two] = [await open(), await open()];
    await signIn(one);
    expect(await request(one)).toBe('alice');
    await one.evaluate('var told = []; page.auth.subscribe((e) => told.push(e.type))');
    await inside(two, ({ signIn }) => signIn('bob', 'builder'));
    await one.waitForFunction("told.join() === 'signed-out,signed-in'");
    expect(await request(one)).toBe('bob');
  });
});
