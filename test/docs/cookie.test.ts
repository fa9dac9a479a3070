import type { AxiosInstance } from 'axios';
import type { BrowserContext, Page, Request as Sent } from 'playwright-core';
import type { AuthSession } from '../../src/index';
import { describeInChromium } from '../browser/chromium';
import { startAuthServer, type AuthServer } from '../server/index';
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

interface Stage {
  server: AuthServer;
  context: BrowserContext;
  open(): Promise<Page>;
}

const inside = createInside<Exports>();
const signIn = (tab: Page) => inside(tab, ({ signIn }) => signIn('alice', 'wonderland'));
const isSignedIn = (tab: Page) => inside(tab, ({ isSignedIn }) => isSignedIn());
const userOf = (tab: Page) =>
  inside(tab, async ({ api }) => (await api.get<{ username: string }>('/profile')).data.username);

const request = (tab: Page) =>
  inside(tab, ({ api }) => {
    const requests = Array.from({ length: 10 }, () => api.get('/profile'));
    return Promise.all(requests).then(
      (answers) => answers.map(({ status }) => status),
      (error: unknown) => (error as { code: string }).code,
    );
  });

const expireAndRequest = ({ server }: Stage, tab: Page) => {
  server.controls.expireAllAccessTokens();
  return request(tab);
};

const TEN_OK = Array(10).fill(200) as number[];

describeInChromium('the page about the HttpOnly cookie', (browser) => {
  afterEach(cleanUp);

  async function createStage(): Promise<Stage> {
    let code = '';
    const { url: origin } = await serveCode(() => code);
    const server = await startAuthServer({ tokenDelivery: 'cookie', corsOrigin: origin });
    onCleanUp(() => server.close());
    code = bundlePage('docs/sign-in/cookie.md', { 'https://api.example.com': server.url });
    const context = await browser().newContext();
    onCleanUp(() => context.close());
    async function open(): Promise<Page> {
      const tab = await context.newPage();
      await tab.goto(origin);
      return tab;
    }
    return { server, context, open };
  }

  test('no script finds the refresh token, and an expiry is mended by it', async () => {
    const stage = await createStage();
    const tab = await stage.open();
    await signIn(tab);
    const found = await inside(tab, async ({ auth }) => [
      document.cookie,
      localStorage.length + sessionStorage.length,
      (await auth.getTokens())?.refreshToken,
    ]);
    expect(found).toEqual(['', 0, undefined]);
    expect(await expireAndRequest(stage, tab)).toEqual(TEN_OK);
    expect(stage.server.stats).toMatchObject({ refreshes: 1, reuseDetected: 0 });
  });

  test('the cookie goes to the auth routes alone, and only with the header', async () => {
    const stage = await createStage();
    const tab = await stage.open();
    await signIn(tab);
    const sent: Sent[] = [];
    tab.on('request', (one) => sent.push(one));
    await expireAndRequest(stage, tab);
    await inside(tab, ({ signOut }) => signOut());
    const headersOf = (path: string) =>
      sent.find((one) => one.url().endsWith(path) && one.method() !== 'OPTIONS')?.allHeaders();
    const guarded = {
      cookie: expect.stringContaining('refresh_token=') as string,
      'x-requested-with': 'XMLHttpRequest',
    };
    expect(await headersOf('/auth/refresh')).toMatchObject(guarded);
    expect(await headersOf('/auth/logout')).toMatchObject(guarded);
    expect(await headersOf('/profile')).not.toHaveProperty('cookie');
  });

  test('after a reload the first requests refresh first, once', async () => {
    const { server, open } = await createStage();
    const tab = await open();
    await signIn(tab);
    await tab.reload();
    expect(await request(tab)).toEqual(TEN_OK);
    expect(await isSignedIn(tab)).toBe(true);
    expect(server.stats).toMatchObject({ logins: 1, refreshes: 1, unauthorized: 0 });
  });

  test('where nobody is signed in the server is asked once', async () => {
    const { server, open } = await createStage();
    const tab = await open();
    expect(await isSignedIn(tab)).toBe(false);
    expect(await request(tab)).toBe('ERR_BAD_REQUEST');
    expect(await isSignedIn(tab)).toBe(false);
    expect(server.stats.refreshRefused).toBe(1);
    await signIn(tab);
    expect(await request(tab)).toEqual(TEN_OK);
  });

  test('an auth server that is down says nothing about who is signed in', async () => {
    const { server, open } = await createStage();
    const tab = await open();
    await signIn(tab);
    await tab.reload();
    server.controls.failRefresh(3, 503, { retryAfter: 0 });
    await expect(isSignedIn(tab)).rejects.toThrow(/The session is kept/);
    expect(await isSignedIn(tab)).toBe(true);
  });

  test('G27: tabs that start at the same moment do not use the cookie twice', async () => {
    const stage = await createStage();
    await signIn(await stage.open());
    const tabs = await Promise.all([1, 2, 3, 4].map(() => stage.open()));
    // Without the lock, every tab would have sent the same cookie by then.
    stage.server.controls.delayRefresh(300);
    expect(await Promise.all(tabs.map(isSignedIn))).toEqual(Array(4).fill(true));
    expect(stage.server.stats).toMatchObject({ refreshes: 4, reuseDetected: 0 });
  });

  test('signing out takes the cookie away, and the other tabs start over', async () => {
    const { context, open } = await createStage();
    const tab = await open();
    await signIn(tab);
    const other = await open();
    expect(await isSignedIn(other)).toBe(true);
    const reloaded = other.waitForEvent('load');
    await inside(tab, ({ signOut }) => signOut());
    await reloaded;
    expect(await context.cookies()).toEqual([]);
    expect([await isSignedIn(tab), await isSignedIn(other)]).toEqual([false, false]);
  });

  test('signing out rejects without the server, and a reload signs in again', async () => {
    const { context, open } = await createStage();
    const tab = await open();
    await signIn(tab);
    await context.route('**/auth/logout', (route) => route.abort());
    await expect(inside(tab, ({ signOut }) => signOut())).rejects.toThrow(/Network Error/);
    expect(await isSignedIn(tab)).toBe(false);
    await tab.reload();
    expect(await isSignedIn(tab)).toBe(true);
  });

  test('G22: another user in one tab is the user of the others', async () => {
    const { open } = await createStage();
    const tab = await open();
    await signIn(tab);
    expect(await userOf(tab)).toBe('alice');
    // Not before alice has signed in: that would have reloaded it in the middle of bob's login.
    const other = await open();
    const reloaded = tab.waitForEvent('load');
    await inside(other, ({ signIn }) => signIn('bob', 'builder'));
    await reloaded;
    expect(await userOf(tab)).toBe('bob');
  });
});
