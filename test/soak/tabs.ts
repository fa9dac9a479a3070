import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { PageFiles } from './faulty-proxy';
import type { Member } from './group';
import type { Batch } from './protocol';
import type { TabSettings } from './tab';

/** The application as a tab loads it. */
export function bundlePage(): PageFiles {
  const esbuild = require.resolve('esbuild/bin/esbuild');
  const flags = ['--bundle', '--format=iife', '--platform=browser', '--target=es2022'];
  const script = execFileSync(esbuild, [join(__dirname, 'tab.ts'), ...flags, '--log-level=error'], {
    encoding: 'utf8',
    maxBuffer: 16_777_216,
  });
  return {
    '/': { type: 'text/html', text: '<!doctype html><script src="/tab.js"></script>' },
    '/tab.js': { type: 'text/javascript', text: script },
    '/favicon.ico': { type: 'text/plain', text: '' },
  };
}

export interface TabWorld {
  url: string;
  report(batch: Batch): void;
  /** What a page has printed, and errors that nobody has caught. */
  noise: string[];
}

/** A context of its own: its tabs share a localStorage. */
export async function openContext(browser: Browser, world: TabWorld): Promise<BrowserContext> {
  const context = await browser.newContext();
  await context.exposeBinding('report', (_source, batch: Batch) => {
    world.report(batch);
  });
  return context;
}

export async function openTab(
  context: BrowserContext,
  world: TabWorld,
  settings: TabSettings,
): Promise<Member> {
  const page = await context.newPage();
  // A busy machine makes the soak slow, not red.
  page.setDefaultTimeout(240_000);
  page.on('console', (message) => {
    // The browser says by itself which of the requests have failed.
    if (message.text().startsWith('Failed to load resource')) return;
    world.noise.push(`${settings.client} ${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => world.noise.push(`${settings.client}: ${String(error)}`));
  await page.goto(world.url);
  await page.evaluate((given) => {
    window.openTab(given);
  }, settings);
  return memberOf(page, settings.client);
}

function memberOf(page: Page, name: string): Member {
  // Each in its turn, so that a soak has all of them.
  const ends = [() => page.close(), () => crash(page), () => leave(page)];
  return {
    name,
    isAlive: () => !page.isClosed(),
    start: () => page.evaluate(() => window.soak.start()),
    signIn: (tokens) => page.evaluate((given) => window.soak.signIn(given), tokens),
    signOut: () => page.evaluate(() => window.soak.signOut()),
    user: () => page.evaluate(() => window.soak.user()),
    progress: () => page.evaluate(() => window.soak.progress()),
    stop: () => page.evaluate(() => window.soak.stop()),
    end: () => page.evaluate(() => window.soak.end()),
    kill: () => ends[Number(name.split('-').pop()) % ends.length]!(),
  };
}

/** As a process that is killed. */
async function crash(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const crashed = page.waitForEvent('crash');
  devtools.send('Page.crash').catch(() => undefined);
  await crashed;
  await page.close();
}

/** As a user who goes to another page: everything of the old one is gone. */
async function leave(page: Page): Promise<void> {
  await page.goto('about:blank');
  await page.close();
}
