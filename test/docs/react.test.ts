import type { AxiosInstance } from 'axios';
import type { Browser, Page } from 'playwright-core';
import { describeInChromium, startBrowser } from '../browser/chromium';
import { startAuthServer, type AuthServer } from '../server/index';
import { cleanUp, onCleanUp } from '../support/rig';
import { until } from '../support/until';
import { bundlePage } from './bundle-page';
import { createInside, serveCode } from './in-browser';

jest.setTimeout(120_000);

interface Tab {
  page: Page;
  /** The tokens that sockets were opened with. */
  sockets: string[];
}

const inside = createInside<{ api: AxiosInstance }>();
const request = (page: Page) =>
  inside(page, async ({ api }) => (await api.get<{ username: string }>('/profile')).data.username);

async function signIn(page: Page): Promise<void> {
  await page.fill('[name=username]', 'alice');
  await page.fill('[name=password]', 'wonderland');
  await page.click('text=Sign in');
}

const shows = (page: Page, text: string) => page.waitForSelector(`button:text("${text}")`);

describeInChromium('the page about React', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser.close());
  afterEach(cleanUp);

  async function openTabs(count: number): Promise<{ server: AuthServer; tabs: Tab[] }> {
    let code = '';
    const { url: origin } = await serveCode(() => code);
    const server = await startAuthServer({ corsOrigin: origin });
    onCleanUp(() => server.close());
    code = bundlePage('docs/react.md', { 'https://api.example.com': server.url });
    const context = await browser.newContext();
    onCleanUp(() => context.close());
    const tabs = await Promise.all(
      Array.from({ length: count }, async () => {
        const page = await context.newPage();
        const sockets: string[] = [];
        await page.routeWebSocket('wss://prices.example.com', () => undefined);
        await page.exposeFunction('opened', (token: string) => void sockets.push(token));
        await page.addInitScript(() => {
          const { opened } = window as unknown as { opened(token: string): void };
          window.WebSocket = new Proxy(WebSocket, {
            construct(target, [url, protocols]: [string, string[]]) {
              opened(protocols[1] ?? '');
              return new target(url, protocols);
            },
          });
        });
        await page.goto(origin);
        return { page, sockets };
      }),
    );
    return { server, tabs };
  }

  test('every tab shows who is signed in, and each new token opens a connection anew', async () => {
    const { server, tabs } = await openTabs(2);
    const [first, other] = tabs as [Tab, Tab];
    await shows(first.page, 'Sign in');
    await shows(other.page, 'Sign in');
    await signIn(first.page);
    await shows(first.page, 'Sign out');
    await shows(other.page, 'Sign out');

    server.controls.expireAllAccessTokens();
    expect(await request(first.page)).toBe('alice');
    await until(() => tabs.every(({ sockets }) => sockets.length === 2));
    expect(other.sockets).toEqual(first.sockets);
    expect(new Set(first.sockets).size).toBe(2);

    await other.page.click('text=Sign out');
    await shows(first.page, 'Sign in');
    expect(server.stats).toMatchObject({ refreshes: 1, reuseDetected: 0 });
  });

  test('a session that the auth server ends shows the login page', async () => {
    const { server, tabs } = await openTabs(1);
    const [{ page }] = tabs as [Tab];
    await signIn(page);
    await shows(page, 'Sign out');
    server.controls.expireAllAccessTokens();
    server.controls.failRefresh(1, 401);
    await expect(request(page)).rejects.toThrow(/The session is over/);
    await shows(page, 'Sign in');
  });
});
