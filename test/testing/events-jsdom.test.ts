/** @jest-environment jsdom */
import type * as testing from '../../src/testing/index';

test('settled() waits in jsdom too, where timers were fake before it was loaded', async () => {
  jest.useFakeTimers();
  const { settled } = jest.requireActual<typeof testing>('../../src/testing/index');
  let turns = 3;
  const auth = {
    get status() {
      return turns-- > 0 ? ('refreshing' as const) : ('signed-in' as const);
    },
  };
  await settled(auth);
  expect(turns).toBe(-1);
});
