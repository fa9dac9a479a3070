import { steadyNow } from '../../../src/util/clock';

afterEach(() => {
  jest.restoreAllMocks();
});

it('G39: is the clock that nobody can set, or the one on the wall where there is no other', () => {
  jest.spyOn(performance, 'now').mockReturnValue(5);
  expect(steadyNow()).toBe(5);
  jest.replaceProperty(globalThis, 'performance', undefined as never);
  jest.spyOn(Date, 'now').mockReturnValue(7);
  expect(steadyNow()).toBe(7);
});
