import type { AxiosInstance } from 'axios';
import type { Page } from 'playwright-core';
import type { AuthSession } from '../../src/index';
import { describeInChromium } from '../browser/chromium';
import {
  LIFETIME,
  startAuthorizationServer,
  type AuthorizationServer,
} from '../oauth2/authorization-server';
import { json, type Handler } from '../support/http-server';
import { cleanUp, onCleanUp } from '../support/rig';
import { bundlePage } from './bundle-page';
import { createInside, serveCode } from './in-browser';

jest.setTimeout(120_000);

const PAGE = 'docs/sign-in/oauth2.md';

interface Exports {
  api: AxiosInstance;
  auth: AuthSession;
  startSignIn(wanted?: Record<string, string>): Promise<void>;
  finishSignIn(): Promise<string>;
}

interface Stage {
  server: AuthorizationServer;
  tab: Page;
}

const inside = createInside<Exports>();

/** Everything needs a token; /api/admin one with the scope `write`. */
const createAPI =
  (server: AuthorizationServer): Handler =>
  async ({ url, headers }, response) => {
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
    const { active, scope = '' } = await server.introspect(token);
    const refuse = (status: number, challenge: string): void => {
      json(response, status, {}, { 'www-authenticate': `Bearer ${challenge}` });
    };
    if (!active) refuse(401, 'error="invalid_token"');
    else if (url !== '/api/admin' || scope.includes('write')) json(response, 200, { scope });
    else refuse(403, 'error="insufficient_scope", scope="write"');
  };

describeInChromium('the page about OAuth 2.0, in a browser', (browser) => {
  afterEach(cleanUp);

  async function createStage(): Promise<Stage> {
    const server = await startAuthorizationServer('oidc-provider');
    let code = '';
    const { url: origin } = await serveCode(() => code, createAPI(server));
    const redirectUri = `${origin}/callback`;
    code = bundlePage(PAGE, {
      'https://id.example.com': server.url,
      'https://app.example.com/callback': redirectUri,
      'https://api.example.com': `${origin}/api`,
    });
    const grants = ['authorization_code' as const, 'refresh_token' as const];
    await server.register({ id: 'web', method: 'none', grants, redirectUri });
    const context = await browser().newContext();
    onCleanUp(() => context.close());
    const tab = await context.newPage();
    await tab.goto(`${origin}/orders?page=2`);
    return { server, tab };
  }

  /** Fills in what the provider asks for, until the application is called back. */
  async function walk(tab: Page): Promise<string> {
    const isBack = (): boolean => new URL(tab.url()).pathname === '/callback';
    await tab.waitForURL('**/interaction/**');
    while (!isBack()) {
      if (await tab.locator('input[name=login]').count()) {
        await tab.fill('input[name=login]', 'alice');
        await tab.fill('input[name=password]', 'wonderland');
      }
      const before = tab.url();
      await tab.click('button[type=submit]');
      await tab.waitForURL((url) => url.href !== before);
    }
    return inside(tab, ({ finishSignIn }) => finishSignIn());
  }

  async function signIn(tab: Page): Promise<string> {
    await inside(tab, ({ startSignIn }) => startSignIn());
    return walk(tab);
  }

  const statusOf = (tab: Page) =>
    inside(tab, ({ api }) =>
      api.get('/orders').then(
        ({ status }) => status,
        (error: unknown) => (error as { code: string }).code,
      ),
    );

  test('signing in leads to the provider and back, and an expiry is mended', async () => {
    const { server, tab } = await createStage();
    expect(await signIn(tab)).toMatch(/\/orders\?page=2$/);
    expect(await statusOf(tab)).toBe(200);
    await server.putForward(LIFETIME + 1);
    expect(await statusOf(tab)).toBe(200);
    const { granted, refused } = await server.counts();
    expect([granted, refused]).toEqual([{ authorization_code: 1, refresh_token: 1 }, {}]);
  });

  test('signing out revokes the tokens, and leads to the login', async () => {
    const { server, tab } = await createStage();
    await signIn(tab);
    const held = await inside(tab, ({ auth }) => auth.getTokens());
    expect(held).toHaveProperty('id_token');
    await inside(tab, ({ auth }) => auth.signOut());
    await tab.waitForURL('**/login');
    expect(await server.introspect(held?.accessToken ?? '')).toEqual({ active: false });
    const refreshToken = held?.refreshToken ?? '';
    expect(await server.introspect(refreshToken, 'refresh_token')).toEqual({ active: false });
  });

  test('a request for more scope leads to the provider, and goes through after it', async () => {
    const { tab } = await createStage();
    await signIn(tab);
    await inside(tab, ({ api }) => {
      api.get('/admin').catch(() => undefined);
    });
    await walk(tab);
    const scope = await inside(tab, ({ api }) => api.get('/admin').then(({ data }) => data.scope));
    expect(scope).toBe('openid offline_access read write');
  });

  test('an answer to a sign-in that this page has not begun is refused', async () => {
    const { server, tab } = await createStage();
    await tab.goto(new URL('/callback?code=stolen&state=of-somebody-else', tab.url()).href);
    const finishing = inside(tab, ({ finishSignIn }) => finishSignIn());
    await expect(finishing).rejects.toThrow('This page has not begun the sign-in.');
    expect((await server.counts()).refused).toEqual({});
  });
});
