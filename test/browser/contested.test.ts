import type { Page } from 'playwright-core';
import { eventually } from '../support/eventually';
import { createStage, describeInChromium, type Stage, type StageOptions } from './chromium';

jest.setTimeout(120_000);

/** Rounds of one test: without what is tested here, more than a third of them go wrong. */
const ROUNDS = 40;

/** In both tabs at the same time, by the clock that they share. */
interface Moment {
  at: number;
  before: string;
  after: string | null;
}

/** A sign-in or a sign-out, which takes no lock. */
const changeHands = (tab: Page, moment: Moment): Promise<void> =>
  tab.evaluate(async ({ at, after }) => {
    await window.waitFor(at);
    const store = window.kept!;
    await (after === null ? store.clear() : store.set({ accessToken: after }));
  }, moment);

/** True where the tokens were stored: the owner of the lock had not been shown that others are there. */
const renew = (tab: Page, moment: Moment): Promise<boolean> =>
  tab.evaluate(
    ({ at, before, after }) =>
      window.kept!.lock!(async () => {
        await window.waitFor(at);
        const store = window.kept!;
        if ((await store.get())?.accessToken !== before) return false;
        await store.set({ accessToken: after! });
        return true;
      }, new AbortController().signal),
    moment,
  );

/** The access token that a tab shows. */
const shownIn = (tab: Page): Promise<string | null> =>
  tab.evaluate(async () => (await window.kept!.get())?.accessToken ?? null);

describeInChromium('the moment in which another tab stores what it renewed', (browser) => {
  const kinds: [string, StageOptions][] = [
    ['a Web Lock', {}],
    ['a lease in IndexedDB', { without: ['locks'] }],
  ];
  const changes: [string, string | null][] = [
    ['sign-in', 'dot'],
    ['sign-out', null],
  ];
  let stage: Stage;
  afterEach(() => stage.close());

  describe.each(kinds)('%s', (_kind, options) => {
    test.each(changes)('G22: a %s stays', async (_change, user) => {
      stage = await createStage(browser(), options);
      const [one, other] = (await stage.open(2)) as [Page, Page];
      for (const tab of [one, other]) {
        await tab.evaluate(() => {
          window.kept = window.createStore();
          window.kept.subscribe!(() => undefined);
        });
      }
      let contested = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const before = `eve-${round}`;
        await one.evaluate((accessToken) => window.kept!.set({ accessToken }), before);
        await eventually(async () => (await shownIn(other)) === before);
        const at = Date.now() + 50;
        const after = user && `${user}-${round}`;
        const renewed = { at: at + (round % 3), before, after: `${before}-renewed` };
        const [isContested] = await Promise.all([
          renew(other, renewed),
          changeHands(one, { at, before, after }),
        ]);
        if (isContested) contested++;
        for (const tab of [one, other]) {
          await eventually(async () => (await shownIn(tab)) === after);
        }
      }
      expect(contested).toBeGreaterThan(0);
    });
  });
});
