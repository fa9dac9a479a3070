import type { Page } from 'playwright-core';
import { describeInChromium } from '../browser/chromium';
import { startAuthServer, type AuthServer } from '../server/index';
import { startServer } from '../support/http-server';
import { cleanUp, onCleanUp } from '../support/rig';
import { bundleCode } from './bundle-page';
import { snippetsOf } from './snippets';

jest.setTimeout(120_000);

/** A snippet of the page about stores, by the file that its first line names. */
function bundleFile(name: string): string {
  const snippet = snippetsOf('docs/stores.md').find(({ code }) => code.startsWith(`// ${name}`));
  if (!snippet) throw new Error(`docs/stores.md has no ${name}`);
  return bundleCode(snippet.code);
}

describeInChromium('the section about a session in a worker', (browser) => {
  afterEach(cleanUp);

  async function openTab(): Promise<{ server: AuthServer; tab: Page }> {
    const files: Record<string, string> = {};
    const { url: origin } = await startServer(({ url }, response) => {
      response.setHeader('content-type', files[url] ? 'text/javascript' : 'text/html');
      response.end(files[url] ?? '<!doctype html><script src="/page.js"></script>');
    });
    const server = await startAuthServer({ corsOrigin: origin });
    onCleanUp(() => server.close());
    const worker = bundleFile('session-worker.ts');
    files['/session-worker.js'] = worker.replaceAll('https://api.example.com', server.url);
    files['/page.js'] = bundleFile('session.ts');
    const context = await browser().newContext();
    onCleanUp(() => context.close());
    const tab = await context.newPage();
    await tab.goto(origin);
    return { server, tab };
  }

  /** Asks the worker; what it answers, or the error. */
  const ask = (tab: Page, name: string, given?: unknown): Promise<unknown> =>
    tab.evaluate(
      `page.ask(${JSON.stringify(name)}, ${JSON.stringify(given)})` +
        '.catch(({ message, code }) => ({ message, code }))',
    );

  const ALICE = { username: 'alice', password: 'wonderland' };
  const PROFILE = { method: 'get', url: '/profile' };

  test('requests are answered, an expiry is one refresh, and no answer holds a token', async () => {
    const { server, tab } = await openTab();
    const answers = [await ask(tab, 'signIn', ALICE), await ask(tab, 'request', PROFILE)];
    server.controls.expireAllAccessTokens();
    answers.push(...(await Promise.all([1, 2, 3].map(() => ask(tab, 'request', PROFILE)))));
    const alice = expect.objectContaining({ username: 'alice' }) as unknown;
    expect(answers).toEqual([undefined, alice, alice, alice, alice]);
    expect(server.stats).toMatchObject({ refreshes: 1, reuseDetected: 0 });
    expect(JSON.stringify(answers)).not.toMatch(/token|eyJ/i);
    expect(await tab.evaluate('localStorage.length + sessionStorage.length')).toBe(0);
  });

  test.each(['/auth/login', '/profile/../auth/login', '//127.0.0.1/profile'])(
    'the page cannot ask for %s',
    async (url) => {
      const { server, tab } = await openTab();
      const wanted = { method: 'post', url, data: ALICE };
      expect(await ask(tab, 'request', wanted)).toMatchObject({
        message: 'Not one of the routes.',
      });
      expect(server.stats.seen).toEqual([]);
    },
  );

  test('an error comes with its code, and signing out ends the session', async () => {
    const { tab } = await openTab();
    await ask(tab, 'signIn', ALICE);
    await ask(tab, 'signOut');
    expect(await ask(tab, 'request', PROFILE)).toMatchObject({ code: 'ERR_BAD_REQUEST' });
  });
});
