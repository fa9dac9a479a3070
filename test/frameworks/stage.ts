import type { AxiosInstance } from 'axios';
import type { Browser, Page } from 'playwright-core';
import type { AuthSession } from '../../src/index';
import { createInside, serveCode } from '../docs/in-browser';
import { startAuthServer, type AuthServer } from '../server/index';
import { onCleanUp } from '../support/rig';

/** What the bundle of a recipe exports in a tab. */
interface Exports {
  api: AxiosInstance;
  auth: AuthSession;
  /** Mounts the recipe, and takes it away again. */
  show(): Promise<void>;
  hide(): void;
  /** The statuses that the recipe was told of, in order. */
  statuses: string[];
  /** How many listeners of the recipe follow the status. */
  listening(): number;
}

/** The tabs of one browser over one reference server. Each has loaded the recipe, and mounts it when told. */
export interface Stage {
  server: AuthServer;
  open(): Promise<Page>;
}

/** @param bundle the recipe, with the address that the page names */
export async function createStage(browser: Browser, bundle: string): Promise<Stage> {
  let code = '';
  const { url: origin } = await serveCode(() => code);
  const server = await startAuthServer({ corsOrigin: origin });
  onCleanUp(() => server.close());
  code = bundle.replaceAll('https://api.example.com', server.url);
  const context = await browser.newContext();
  onCleanUp(() => context.close());
  async function open(): Promise<Page> {
    const tab = await context.newPage();
    await tab.goto(origin);
    return tab;
  }
  return { server, open };
}

export const inside = createInside<Exports>();

export const mount = (tab: Page) => inside(tab, ({ show }) => show());

/** Signs in, also over whoever is signed in. */
export const signIn = (tab: Page, username = 'alice', password = 'wonderland') =>
  tab.evaluate(
    `page.api.post('/auth/login', ${JSON.stringify({ username, password })}, { skipAuth: true })` +
      '.then(({ data }) => page.auth.signIn(data))',
  );

export const shows = (tab: Page, text: string) => tab.waitForSelector(`#root :text("${text}")`);
