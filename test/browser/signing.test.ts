import type { Page } from 'playwright-core';
import { eventually } from '../support/eventually';
import { createStage, describeInChromium, requestIn, type Stage } from './chromium';
import type { TabSetup } from './tab';

jest.setTimeout(120_000);

describeInChromium('signing in and out with several tabs', (browser) => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await createStage(browser());
  });
  afterEach(async () => {
    await stage.close();
  });

  const becomes = (tab: Page, status: string): Promise<unknown> =>
    tab.waitForFunction((wanted) => window.tab.status() === wanted, status);
  const eventsOf = (tab: Page): Promise<string[]> => tab.evaluate(() => window.tab.events());

  test('G29: a sign-in in one tab is seen in the others', async () => {
    const [first, ...others] = (await stage.open(3)) as [Page, ...Page[]];
    for (const tab of others) await becomes(tab, 'signed-out');
    await stage.signIn(first);
    for (const tab of others) {
      await becomes(tab, 'signed-in');
      expect(await eventsOf(tab)).toEqual(['signed-in']);
    }
    expect(await requestIn(others, 1)).toEqual([200, 200]);
    expect(stage.server.stats.unauthorized).toBe(0);
  });

  test('G29: a sign-out in one tab is seen in the others', async () => {
    const [first, ...others] = (await stage.open(3)) as [Page, ...Page[]];
    await stage.signIn(first);
    for (const tab of others) await becomes(tab, 'signed-in');
    await first.evaluate(() => window.tab.signOut());
    for (const tab of others) {
      await becomes(tab, 'signed-out');
      expect(await eventsOf(tab)).toEqual(['signed-in', 'signed-out']);
    }
    expect(await requestIn(others, 1)).toEqual([401, 401]);
    const bearers = stage.server.stats.seen.filter((seen) => seen.authorization !== 'none');
    expect(bearers).toEqual([]);
  });

  test('G29: another user in one tab is the user of the next request in the others', async () => {
    const [first, other] = (await stage.open(2)) as [Page, Page];
    await stage.signIn(first);
    await becomes(other, 'signed-in');
    await stage.signIn(first, 'bob', 'builder');
    // A `waitForFunction` would take the promise of an answer for one.
    await eventually(async () => (await other.evaluate(() => window.tab.user())) === 'bob');
  });

  test.each(['localStorage', 'sessionStorage'] as const)(
    'G29: two sessions of one page see each other over one %s',
    async (storage) => {
      const setup: Partial<TabSetup> = { storage };
      const [tab] = (await stage.open(1, setup)) as [Page];
      await tab.evaluate(
        (given) => {
          window.second = window.createTab(given);
        },
        { server: stage.server.url, adapter: 'xhr', storage } satisfies TabSetup,
      );
      const secondBecomes = (status: string): Promise<unknown> =>
        tab.waitForFunction((wanted) => window.second.status() === wanted, status);
      await secondBecomes('signed-out');
      await stage.signIn(tab);
      await secondBecomes('signed-in');
      await tab.evaluate(() => window.tab.signOut());
      await secondBecomes('signed-out');
    },
  );

  test('G29: with a sessionStorage each tab has a session of its own', async () => {
    const [first, other] = (await stage.open(2, { storage: 'sessionStorage' })) as [Page, Page];
    await stage.signIn(first);
    expect(await requestIn([first, other], 1)).toEqual([200, 401]);
    expect(await eventsOf(other)).toEqual([]);
  });
});
