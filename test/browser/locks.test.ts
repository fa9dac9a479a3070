import type { Page } from 'playwright-core';
import { createStage, describeInChromium, type StageOptions } from './chromium';

jest.setTimeout(120_000);

/** In each tab as often: take the lock, read the number that is stored, store the next one. */
async function countIn(tabs: Page[], rounds: number): Promise<number[]> {
  const seen = await Promise.all(
    tabs.map((tab) =>
      tab.evaluate(async (times) => {
        const numbers: number[] = [];
        const store = window.createStore();
        const { signal } = new AbortController();
        for (let round = 0; round < times; round++) {
          await store.lock?.(async () => {
            const tokens = await store.get();
            const number = Number(tokens?.accessToken ?? 0);
            numbers.push(number);
            await store.set({ accessToken: String(number + 1) });
          }, signal);
        }
        return numbers;
      }, rounds),
    ),
  );
  return seen.flat().sort((one, two) => one - two);
}

describeInChromium('the lock of webStorageStore(localStorage)', (browser) => {
  const kinds: [string, StageOptions, number][] = [
    ['a Web Lock', {}, 60],
    ['a lease in IndexedDB', { without: ['locks'] }, 8],
  ];

  test.each(kinds)(
    'G27: the next owner reads what the last one wrote (%s)',
    async (_kind, options, rounds) => {
      const stage = await createStage(browser(), options);
      const tabs = await stage.open(4);
      const expected = Array.from({ length: 4 * rounds }, (_, index) => index);
      expect(await countIn(tabs, rounds)).toEqual(expected);
      await stage.close();
    },
  );

  test.each(kinds)(
    'G28: whoever waits for the lock stops when its signal aborts (%s)',
    async (_kind, options) => {
      const stage = await createStage(browser(), options);
      const [owner, other] = (await stage.open(2)) as [Page, Page];
      await owner.evaluate(
        () =>
          new Promise<void>((taken) => {
            void window.createStore().lock?.(() => {
              taken();
              return new Promise<never>(() => undefined);
            }, new AbortController().signal);
          }),
      );
      const outcome = await other.evaluate(async () => {
        const entered = (): Promise<string> => Promise.resolve('entered');
        try {
          return await window.createStore().lock?.(entered, AbortSignal.timeout(200));
        } catch (error) {
          return (error as Error).name;
        }
      });
      expect(outcome).toBe('TimeoutError');
      await stage.close();
    },
  );

  test.each(kinds)('G27: a fault of the work ends the lock (%s)', async (_kind, options) => {
    const stage = await createStage(browser(), options);
    const [tab] = (await stage.open(1)) as [Page];
    const outcome = await tab.evaluate(async () => {
      const store = window.createStore();
      const { signal } = new AbortController();
      const fail = (): Promise<string> => Promise.reject(new Error('from inside'));
      const first = await store.lock?.(fail, signal).catch((error: unknown) => String(error));
      return [first, await store.lock?.(() => Promise.resolve('entered'), signal)];
    });
    expect(outcome).toEqual(['Error: from inside', 'entered']);
    await stage.close();
  });

  test('a sessionStorage has no lock: no other tab has the same one', async () => {
    const stage = await createStage(browser());
    const [tab] = (await stage.open(1)) as [Page];
    expect(await tab.evaluate(() => 'lock' in window.createStore('sessionStorage'))).toBe(false);
    await stage.close();
  });
});
