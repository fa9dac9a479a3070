import { createStage, describeInChromium, requestIn, type StageOptions } from './chromium';
import type { TabSetup } from './tab';

jest.setTimeout(300_000);

describeInChromium('many tabs over one localStorage', (browser) => {
  const kinds: [string, Partial<TabSetup>, StageOptions][] = [
    ['xhr', { adapter: 'xhr' }, {}],
    ['fetch', { adapter: 'fetch' }, {}],
    ['without Web Locks', {}, { without: ['locks'] }],
  ];

  test.each(kinds)(
    'G27: eight tabs refresh once for each expiry between them (%s)',
    async (_kind, setup, options) => {
      const stage = await createStage(browser(), options);
      const tabs = await stage.open(8, setup);
      await stage.signIn(tabs[0]!);
      // A request of a tab that has not heard of the sign-in yet would go without a token.
      for (const tab of tabs) await tab.waitForFunction(() => window.tab.status() === 'signed-in');
      for (let expiry = 1; expiry <= 20; expiry++) {
        stage.server.controls.expireAllAccessTokens();
        const before = stage.server.stats.seen.length;
        const answers = await requestIn(tabs, 20);
        const failed = answers.flatMap((answer, n) =>
          answer === 200 ? [] : [{ expiry, tab: Math.floor(n / 20), answer }],
        );
        // What the server has seen of them tells a request without a token from one with an old one.
        const seen = stage.server.stats.seen.slice(before).filter(({ status }) => status !== 200);
        expect({ failed, ...(failed.length && { seen }) }).toEqual({ failed: [] });
        expect(stage.server.stats.refreshes).toBe(expiry);
      }
      expect(stage.server.stats).toMatchObject({ refreshRefused: 0, reuseDetected: 0 });
      const statuses = await Promise.all(
        tabs.map((tab) => tab.evaluate(() => window.tab.status())),
      );
      expect(new Set(statuses)).toEqual(new Set(['signed-in']));
      await stage.close();
    },
  );
});
