import { execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { startAuthServer, type AuthServer, type AuthServerOptions } from '../server/index';
import { startChromium } from '../support/chromium';
import { login } from '../support/rig';
import type { TabSetup } from './tab';

/** Real tabs of one browser context, over one reference server. */
export interface Stage {
  server: AuthServer;
  /** Opens tabs of the application; each is signed in as far as the storage is. */
  open(count: number, setup?: Partial<TabSetup>): Promise<Page[]>;
  /** Signs in as alice in the first tab given. */
  signIn(tab: Page, username?: string, password?: string): Promise<void>;
  close(): Promise<void>;
}

export interface StageOptions {
  server?: AuthServerOptions;
  /** Takes away what old browsers and insecure pages do not have. */
  without?: ('locks' | 'indexedDB' | 'BroadcastChannel')[];
}

/**
 * The tests of a real Chromium: where none is installed they fail.
 *
 * @param tests get the browser that they share
 */
export function describeInChromium(name: string, tests: (browser: () => Browser) => void): void {
  describe(name, () => {
    let browser: Browser | undefined;
    beforeAll(async () => {
      browser = await startChromium();
    });
    afterAll(() => browser?.close());
    tests(() => browser!);
  });
}

export async function createStage(browser: Browser, options: StageOptions = {}): Promise<Stage> {
  const pages = await servePage();
  const { port } = pages.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const server = await startAuthServer({ corsOrigin: origin, ...options.server });
  const context = await browser.newContext();
  await takeAway(context, options.without ?? []);

  async function openOne(setup: Partial<TabSetup>): Promise<Page> {
    const page = await context.newPage();
    await page.goto(origin);
    const whole: TabSetup = {
      server: server.url,
      adapter: 'xhr',
      storage: 'localStorage',
      ...setup,
    };
    await page.evaluate((given) => {
      window.tab = window.createTab(given);
    }, whole);
    return page;
  }

  return {
    server,
    open: (count, setup = {}) => Promise.all(Array.from({ length: count }, () => openOne(setup))),
    async signIn(tab, username, password) {
      const tokens = await login(server, username, password);
      await tab.evaluate((given) => window.tab.signIn(given), tokens);
    },
    async close() {
      await context.close();
      await server.close();
      await new Promise((resolve) => {
        pages.close(resolve);
        pages.closeAllConnections();
      });
    },
  };
}

/** In every tab at once; what each caller of each tab got. */
export async function requestIn(tabs: Page[], count: number): Promise<(number | string)[]> {
  const answers = tabs.map((tab) => tab.evaluate((n) => window.tab.request(n), count));
  return (await Promise.all(answers)).flat();
}

async function takeAway(context: BrowserContext, names: string[]): Promise<void> {
  await context.addInitScript((gone) => {
    const nothing = { value: undefined };
    for (const name of gone) {
      if (name === 'locks') Object.defineProperty(Navigator.prototype, name, nothing);
      else Object.defineProperty(window, name, nothing);
    }
  }, names);
}

async function servePage(): Promise<Server> {
  const script = bundle();
  const server = createServer((request, response) => {
    const isScript = request.url === '/tab.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : '<!doctype html><script src="/tab.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** The library and axios as a browser gets them. */
function bundle(): string {
  const esbuild = require.resolve('esbuild/bin/esbuild');
  const flags = ['--bundle', '--format=iife', '--platform=browser', '--target=es2022'];
  return execFileSync(esbuild, [join(__dirname, 'tab.ts'), ...flags, '--log-level=error'], {
    encoding: 'utf8',
    maxBuffer: 16_777_216,
  });
}
