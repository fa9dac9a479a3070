import type { Page } from 'playwright-core';
import { until } from '../server/client';
import { createStage, describeInChromium, requestIn, type Stage } from './chromium';

jest.setTimeout(120_000);

describeInChromium('a tab that ends while it refreshes', (browser) => {
  let stage: Stage;
  afterEach(async () => {
    await stage.close();
  });

  const refreshesAsked = (): number =>
    stage.server.stats.seen.filter(
      ({ method, path }) => method === 'POST' && path === '/auth/refresh',
    ).length;

  /** Opens tabs; the first one holds the lock, for the server keeps its refresh waiting. */
  async function openWithOwner(refreshTimeout?: number) {
    const tabs = await stage.open(4, refreshTimeout === undefined ? {} : { refreshTimeout });
    const [owner, ...others] = tabs as [Page, ...Page[]];
    await stage.signIn(owner);
    stage.server.controls.expireAllAccessTokens();
    stage.server.controls.hold();
    const late = requestIn([owner], 5).catch(() => ['gone']);
    await until(() => refreshesAsked() === 1);
    return { owner, others, late };
  }

  const endings: [string, (tab: Page) => Promise<unknown>][] = [
    ['closed', (tab) => tab.close()],
    [
      'crashed',
      async (tab) => {
        const devtools = await tab.context().newCDPSession(tab);
        const crashed = tab.waitForEvent('crash');
        devtools.send('Page.crash').catch(() => undefined);
        await crashed;
      },
    ],
  ];

  test.each(endings)('G28: a tab that is %s does not block the others', async (_how, end) => {
    // On a busy machine the server may hear of the end later than of the next refresh, and answer both.
    stage = await createStage(browser(), { server: { graceWindow: 60_000 } });
    const { owner, others } = await openWithOwner();
    const answers = requestIn(others, 5);
    await end(owner);
    // The next one takes its place while the server still holds every refresh back.
    await until(() => refreshesAsked() === 2);
    stage.server.controls.release();
    expect(new Set(await answers)).toEqual(new Set([200]));
    expect(refreshesAsked()).toBe(2);
    expect(stage.server.stats.reuseDetected).toBe(0);
  });

  test('G28: a tab that is frozen blocks the others for half of refreshTimeout, and harms nobody after', async () => {
    // The frozen refresh may reach the server as well: only a server with a grace window forgives that.
    stage = await createStage(browser(), { server: { graceWindow: 60_000 } });
    const { owner, others, late } = await openWithOwner(4_000);
    const devtools = await owner.context().newCDPSession(owner);
    await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
    const answers = requestIn(others, 5);
    await until(() => refreshesAsked() >= 2);
    stage.server.controls.release();
    expect(new Set(await answers)).toEqual(new Set([200]));
    await devtools.send('Page.setWebLifecycleState', { state: 'active' });
    await late;
    expect(new Set(await requestIn([owner, ...others], 5))).toEqual(new Set([200]));
  });
});
