import type { AxiosInstance } from 'axios';
import type { Page } from 'playwright-core';
import { describeInChromium } from '../browser/chromium';
import { startAuthServer, type AuthServer } from '../server/index';
import { cleanUp, onCleanUp } from '../support/rig';
import { until } from '../support/until';
import { bundleCode } from './bundle-page';
import { createInside, serveCode } from './in-browser';
import { moduleAt } from './snippets';

jest.setTimeout(120_000);

interface Tab {
  page: Page;
  /** The connections of the page, in order: the token of each, and how to end it. */
  sockets: { token: string; close(): void }[];
}

const inside = createInside<{ api: AxiosInstance }>();
const request = (page: Page) =>
  inside(page, async ({ api }) => (await api.get<{ username: string }>('/profile')).data.username);

async function signIn(page: Page, username = 'alice', password = 'wonderland'): Promise<void> {
  await page.fill('[name=username]', username);
  await page.fill('[name=password]', password);
  await page.click('button:text("Sign in")');
}

const shows = (page: Page, text: string) => page.waitForSelector(`:text("${text}")`);

describeInChromium('the page about React', (browser) => {
  afterEach(cleanUp);

  async function openTabs(count: number): Promise<{ server: AuthServer; tabs: Tab[] }> {
    let code = '';
    const { url: origin } = await serveCode(() => code);
    const server = await startAuthServer({ corsOrigin: origin });
    onCleanUp(() => server.close());
    const page = moduleAt('docs/react.md', { 'https://api.example.com': server.url });
    const call = 'const token = useAccessToken();';
    expect(page).toContain(call);
    code = bundleCode(page.replace(call, `${call} usePrices();`));
    const context = await browser().newContext();
    onCleanUp(() => context.close());
    const tabs = await Promise.all(
      Array.from({ length: count }, async () => {
        const page = await context.newPage();
        const sockets = await watchSockets(page);
        await page.goto(origin);
        return { page, sockets };
      }),
    );
    return { server, tabs };
  }

  test('every tab shows who is signed in', async () => {
    const { server, tabs } = await openTabs(2);
    const [first, other] = tabs.map(({ page }) => page) as [Page, Page];
    await shows(other, 'Sign in');
    await signIn(first);
    await shows(first, 'Signed in as alice');
    await shows(other, 'Signed in as alice');

    server.controls.expireAllAccessTokens();
    expect(await request(first)).toBe('alice');
    expect(await request(other)).toBe('alice');
    expect(server.stats).toMatchObject({ refreshes: 1, reuseDetected: 0 });

    await other.click('text=Sign out');
    await shows(first, 'Sign in');
    await signIn(first, 'bob', 'builder');
    await shows(other, 'Signed in as bob');
  });

  test('a connection that was lost is opened again with the token as it is then', async () => {
    const { server, tabs } = await openTabs(1);
    const [{ page, sockets }] = tabs as [Tab];
    await signIn(page);
    await until(() => sockets.length === 1);
    server.controls.expireAllAccessTokens();
    await request(page);
    sockets[0]!.close();
    await until(() => sockets.length === 2);
    expect(sockets[1]!.token).not.toBe(sockets[0]!.token);
    await page.click('text=Sign out');
    await shows(page, 'Sign in');
  });

  test('a wrong password is told', async () => {
    const { tabs } = await openTabs(1);
    const [{ page }] = tabs as [Tab];
    await signIn(page, 'alice', 'wrong');
    await shows(page, 'Name or password is wrong.');
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

/** Stands in for the server of the page's sockets. */
async function watchSockets(page: Page): Promise<Tab['sockets']> {
  const sockets: Tab['sockets'] = [];
  await page.routeWebSocket('wss://prices.example.com', (socket) => {
    const [, token = ''] = socket.protocols();
    sockets.push({ token, close: () => void socket.close() });
  });
  return sockets;
}
