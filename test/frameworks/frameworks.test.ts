import type { Page } from 'playwright-core';
import { describeInChromium } from '../browser/chromium';
import { cleanUp } from '../support/rig';
import { bundleRecipe } from './bundle';
import { installLibraries } from './install';
import { writeRecipes } from './recipes';
import { createStage, inside, mount, shows, signIn, type Stage } from './stage';
import { typeErrors } from './type-errors';

jest.setTimeout(240_000);

/** The files of mount/: what shows the status, and what keeps answers as well. */
const VIEWS = ['vue', 'svelte', 'angular', 'solid'];
const CACHES = ['query', 'redux', 'swr'];

beforeAll(installLibraries);

test('the code of the page about frameworks is valid TypeScript against their own types', () => {
  const recipes = writeRecipes();
  try {
    expect(recipes.names.length).toBeGreaterThan(7);
    expect(typeErrors(recipes)).toEqual([]);
  } finally {
    recipes.remove();
  }
});

describeInChromium('the page about frameworks', (browser) => {
  afterEach(cleanUp);

  describe.each([...VIEWS, ...CACHES])('%s', (name) => {
    let bundle: string;
    beforeAll(async () => {
      bundle = await bundleRecipe(name);
    });

    const open = (): Promise<Stage> => createStage(browser(), bundle);

    async function openSignedIn(): Promise<Stage & { tab: Page }> {
      const stage = await open();
      const tab = await stage.open();
      await signIn(tab);
      return { ...stage, tab };
    }

    test('G5: an expiry in the middle is one refresh, and nothing that is shown changes', async () => {
      const { server, tab } = await openSignedIn();
      await mount(tab);
      await shows(tab, 'Signed in');
      const before = await inside(tab, ({ statuses }) => [...statuses]);
      server.controls.expireAllAccessTokens();
      expect(await request(tab)).toEqual(Array(10).fill(200));
      expect(server.stats).toMatchObject({ refreshes: 1, reuseDetected: 0 });
      expect(await inside(tab, ({ statuses }) => statuses)).toEqual(before);
    });

    test('what was unmounted no longer listens', async () => {
      const { tab } = await openSignedIn();
      const listening = () => inside(tab, (page) => page.listening());
      const before = await listening();
      await mount(tab);
      await shows(tab, 'Signed in');
      expect(await listening()).toBeGreaterThan(before);
      await inside(tab, ({ hide }) => {
        hide();
      });
      expect(await listening()).toBe(before);
    });

    if (CACHES.includes(name)) testCache(open, openSignedIn);
    else testView(open);
  });
});

function testView(open: () => Promise<Stage>): void {
  test('G29: it shows who is signed in, here and in another tab', async () => {
    const stage = await open();
    const tab = await stage.open();
    await mount(tab);
    await shows(tab, 'Signed out');
    await signIn(tab);
    await shows(tab, 'Signed in');
    await inside(await stage.open(), ({ auth }) => auth.signOut());
    await shows(tab, 'Signed out');
  });
}

function testCache(
  open: () => Promise<Stage>,
  openSignedIn: () => Promise<Stage & { tab: Page }>,
): void {
  test('G29: it loads when somebody signs in, and forgets it when another tab signs out', async () => {
    const stage = await open();
    const tab = await stage.open();
    await mount(tab);
    await shows(tab, 'Signed out');
    await signIn(tab);
    await shows(tab, 'Signed in alice');
    await inside(await stage.open(), ({ auth }) => auth.signOut());
    await tab.waitForFunction("document.getElementById('root').innerText.trim() === 'Signed out'");
    // Nobody has asked for the profile while nobody was signed in.
    expect(stage.server.stats.unauthorized).toBe(0);
    const shown = await watchTexts(tab);
    await signIn(tab, 'bob', 'builder');
    await shows(tab, 'Signed in bob');
    expect(await shown()).not.toContain('Signed in alice');
  });

  test('G22: when another tab signs in as another user, the data are those of that user', async () => {
    const stage = await openSignedIn();
    await mount(stage.tab);
    await shows(stage.tab, 'Signed in alice');
    await signIn(await stage.open(), 'bob', 'builder');
    await shows(stage.tab, 'Signed in bob');
  });

  test('G10: an AuthError is shown, and not tried again', async () => {
    const { server, tab } = await openSignedIn();
    server.controls.expireAllAccessTokens();
    server.controls.failRefresh(3, 503, { retryAfter: 0 });
    await mount(tab);
    await shows(tab, 'Signed in ERR_AUTH_REFRESH_FAILED');
    // A retry would have been answered: the auth server is up again.
    await tab.evaluate("fetch('/').then(() => new Promise(requestIdleCallback))");
    await shows(tab, 'Signed in ERR_AUTH_REFRESH_FAILED');
    expect(server.stats.refreshes).toBe(0);
  });
}

/** Every text that the page shows from now on. */
async function watchTexts(tab: Page): Promise<() => Promise<string[]>> {
  await tab.evaluate(`
    var texts = [], root = document.getElementById('root');
    new MutationObserver(() => texts.push(root.innerText.trim()))
      .observe(root, { childList: true, characterData: true, subtree: true });
  `);
  return () => tab.evaluate('texts');
}

const request = (tab: Page) =>
  inside(tab, ({ api }) =>
    Promise.all(Array.from({ length: 10 }, () => api.get('/profile'))).then((answers) =>
      answers.map(({ status }) => status),
    ),
  );
