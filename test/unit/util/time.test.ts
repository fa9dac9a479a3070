import { pause, ref, settleWithin, steadyNow, unref } from '../../../src/util/time';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

describe('work with a bound', () => {
  const never = (): Promise<never> => new Promise(() => undefined);

  it('settles as the work does, and leaves no timer', async () => {
    const fault = new Error('no');
    expect(await settleWithin(1_000, () => 1)).toBe(1);
    expect(await settleWithin(1_000, () => Promise.resolve(2))).toBe(2);
    await expect(settleWithin(1_000, () => Promise.reject(fault))).rejects.toBe(fault);
    await expect(
      settleWithin(1_000, () => {
        throw fault;
      }),
    ).rejects.toBe(fault);
    await Promise.resolve();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('G9: rejects when its time is over, and one without time at once', async () => {
    const waiting = settleWithin(1_000.4, never).catch(String);
    await jest.advanceTimersByTimeAsync(999);
    expect(jest.getTimerCount()).toBe(1);
    await jest.advanceTimersByTimeAsync(2);
    expect(await waiting).toBe('Error: no answer within 1000 ms');
    const late = settleWithin(-5, never).catch(String);
    await jest.advanceTimersByTimeAsync(0);
    expect(await late).toContain('no answer');
  });
});

describe('a pause', () => {
  it('is over after its time, or as soon as the signal aborts', async () => {
    const { signal } = new AbortController();
    const whole = pause(1_000, signal);
    await jest.advanceTimersByTimeAsync(999);
    expect(jest.getTimerCount()).toBe(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(await whole).toBe(true);
    const controller = new AbortController();
    const cut = pause(1_000, controller.signal);
    controller.abort();
    expect(await cut).toBe(false);
    expect(await pause(1_000, controller.signal)).toBe(false);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('without an end is over only when the signal aborts', async () => {
    const controller = new AbortController();
    const paused = pause(Infinity, controller.signal);
    expect(jest.getTimerCount()).toBe(0);
    controller.abort();
    expect(await paused).toBe(false);
  });

  it('leaves nothing behind on the signal', async () => {
    const { signal } = new AbortController();
    const add = jest.spyOn(signal, 'addEventListener');
    const remove = jest.spyOn(signal, 'removeEventListener');
    const paused = pause(1, signal);
    await jest.advanceTimersByTimeAsync(1);
    await paused;
    expect(remove.mock.calls).toEqual(add.mock.calls);
  });
});

it('G31: a timer lets the process end, and holds it again', () => {
  jest.useRealTimers();
  const timer = setTimeout(() => undefined, 1_000);
  expect(unref(timer).hasRef()).toBe(false);
  ref(timer);
  expect(timer.hasRef()).toBe(true);
  clearTimeout(timer);
});

it('G39: a timer of a browser is a number, and needs neither', () => {
  expect(unref(5 as never)).toBe(5);
  expect(() => {
    ref(5 as never);
  }).not.toThrow();
});

it('G39: the steady clock is the one that nobody can set, or the one on the wall without it', () => {
  jest.spyOn(performance, 'now').mockReturnValue(5);
  expect(steadyNow()).toBe(5);
  const platform = jest.replaceProperty(globalThis, 'performance', undefined as never);
  jest.spyOn(Date, 'now').mockReturnValue(7);
  expect(steadyNow()).toBe(7);
  platform.restore();
});
