import axios, { AxiosError } from 'axios';
import { oncePerToken } from '../../src/index';
import type { Refresh, RefreshContext, Tokens } from '../../src/index';
import { rejection, until } from '../support/rig';

const OLD: Tokens = { accessToken: 'a1', refreshToken: 'r1' };

function contextOf(controller = new AbortController()): RefreshContext {
  return { client: axios.create(), signal: controller.signal, reason: 'expired' };
}

interface Call {
  tokens: Tokens | null;
  context: RefreshContext;
  answer(answer: unknown): void;
  fail(fault: Error): void;
}

/** Its calls are answered by the test. */
function handled(): { refresh: Refresh; calls: Call[] } {
  const calls: Call[] = [];
  const refresh: Refresh = (tokens, context) =>
    new Promise((resolve, reject) => {
      calls.push({ tokens, context, answer: (answer) => resolve(answer as never), fail: reject });
    });
  return { refresh, calls };
}

const refused = (status: number): AxiosError =>
  new AxiosError('refused', 'ERR_BAD_REQUEST', undefined, null, { status } as never);

test('G27: callers that hold the same refresh token share one call and its answer', async () => {
  const { refresh, calls } = handled();
  const once = oncePerToken(refresh);
  const answers = [OLD, { ...OLD }].map(async (tokens) => once(tokens, contextOf()));
  expect(calls).toHaveLength(1);
  calls[0]!.answer({ accessToken: 'a2', refreshToken: 'r2' });
  const expected = { accessToken: 'a2', refreshToken: 'r2' };
  expect(await Promise.all(answers)).toEqual([expected, expected]);
});

test('G27: a later caller that holds the old refresh token gets the new tokens', async () => {
  const { refresh, calls } = handled();
  const once = oncePerToken(refresh);
  const first = once(OLD, contextOf());
  calls[0]!.answer({ accessToken: 'a2', refreshToken: 'r2', expiresIn: 60 });
  const received = await first;
  expect(await once(OLD, contextOf())).toEqual(received);
  // A lifetime counts from the answer on, not from when the caller came.
  expect(received).toEqual({ ...received, expiresAt: expect.any(Number) as number });
  expect(received).not.toHaveProperty('expiresIn');
  expect(calls).toHaveLength(1);
});

test('G7: who has the access token of the answer already gets a new one', async () => {
  const { refresh, calls } = handled();
  const once = oncePerToken(refresh);
  const first = once(OLD, contextOf());
  // This server does not rotate its refresh tokens.
  calls[0]!.answer({ accessToken: 'a2', refreshToken: 'r1' });
  const received = (await first) as Tokens;
  const answers = [received, { ...received }].map(async (tokens) => once(tokens, contextOf()));
  expect(calls).toHaveLength(2);
  calls[1]!.answer({ accessToken: 'a3', refreshToken: 'r1' });
  const expected = { accessToken: 'a3', refreshToken: 'r1' };
  expect(await Promise.all(answers)).toEqual([expected, expected]);
  expect(await once(OLD, contextOf())).toEqual(expected);
  expect(calls).toHaveLength(2);
});

test('G24: other refresh tokens, and none at all, share nothing', () => {
  const { refresh, calls } = handled();
  const once = oncePerToken(refresh);
  void once(OLD, contextOf());
  void once({ ...OLD, refreshToken: 'r9' }, contextOf());
  for (const tokens of [null, null, { accessToken: 'a1' }, { accessToken: 'a1' }]) {
    void once(tokens, contextOf());
  }
  expect(calls).toHaveLength(6);
});

test('G24: two wrapped functions share nothing', () => {
  const { refresh, calls } = handled();
  void oncePerToken(refresh)(OLD, contextOf());
  void oncePerToken(refresh)(OLD, contextOf());
  expect(calls).toHaveLength(2);
});

test('G11: a refusal is shared, and kept', async () => {
  const { refresh, calls } = handled();
  const once = oncePerToken(refresh);
  const both = [once(OLD, contextOf()), once(OLD, contextOf())].map((one) =>
    rejection(one as never),
  );
  const fault = refused(401);
  calls[0]!.fail(fault);
  expect(await Promise.all(both)).toEqual([fault, fault]);
  expect(await rejection(once(OLD, contextOf()) as never)).toBe(fault);
  expect(calls).toHaveLength(1);
});

test('G11: null is shared, and kept', async () => {
  const { refresh, calls } = handled();
  const once = oncePerToken(refresh);
  const first = once(OLD, contextOf());
  calls[0]!.answer(null);
  expect([await first, await once(OLD, contextOf())]).toEqual([null, null]);
  expect(calls).toHaveLength(1);
});

test.each([
  ['a transient fault', (call: Call) => call.fail(refused(503))],
  ['an answer without tokens', (call: Call) => call.answer({ token: 'a2' })],
])('G10: %s is shared by who waits, and not kept', async (_what, end) => {
  const { refresh, calls } = handled();
  const once = oncePerToken(refresh);
  const both = [1, 2].map(async () => once(OLD, contextOf()));
  end(calls[0]!);
  await Promise.allSettled(both);
  void once(OLD, contextOf());
  expect(calls).toHaveLength(2);
});

test('a function that throws at once rejects', async () => {
  const once = oncePerToken(() => {
    throw new Error('at once');
  });
  await expect(once(OLD, contextOf())).rejects.toThrow('at once');
});

test('G21: the call is aborted when all its callers have, not before', () => {
  const { refresh, calls } = handled();
  const once = oncePerToken(refresh);
  const controllers = [new AbortController(), new AbortController()] as const;
  for (const controller of controllers) void once(OLD, contextOf(controller));
  controllers[0].abort();
  expect(calls[0]!.context.signal.aborted).toBe(false);
  controllers[1].abort();
  expect(calls[0]!.context.signal.aborted).toBe(true);
  // Whoever comes now does not wait for a call that was given up.
  void once(OLD, contextOf());
  expect(calls).toHaveLength(2);
});

test('an answer that comes after the last caller has aborted serves later callers', async () => {
  const { refresh, calls } = handled();
  const once = oncePerToken(refresh);
  const controller = new AbortController();
  const first = once(OLD, contextOf(controller));
  controller.abort();
  calls[0]!.answer({ accessToken: 'a2' });
  await first;
  expect(await once(OLD, contextOf())).toEqual({ accessToken: 'a2' });
  expect(calls).toHaveLength(1);
});

test('the client is made when it is used: a session takes note of that', () => {
  const { refresh, calls } = handled();
  let made = 0;
  const context = {
    reason: 'ahead' as const,
    signal: new AbortController().signal,
    get client() {
      made++;
      return axios;
    },
  };
  void oncePerToken(refresh)(OLD, context);
  expect(made).toBe(0);
  expect(calls[0]!.context.client).toBe(axios);
  expect(calls[0]!.context.reason).toBe('ahead');
});

test('an answer is forgotten after keepFor milliseconds', async () => {
  const { refresh, calls } = handled();
  const once = oncePerToken(refresh, { keepFor: 0 });
  const first = once(OLD, contextOf());
  calls[0]!.answer({ accessToken: 'a2' });
  await first;
  await until(() => {
    void once(OLD, contextOf());
    return calls.length > 1;
  });
});

describe('the time that an answer is kept', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('is ten seconds by default', async () => {
    const { refresh, calls } = handled();
    const once = oncePerToken(refresh);
    const first = once(OLD, contextOf());
    calls[0]!.answer({ accessToken: 'a2' });
    await first;
    await jest.advanceTimersByTimeAsync(9_999);
    await once(OLD, contextOf());
    expect(calls).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(1);
    void once(OLD, contextOf());
    expect(calls).toHaveLength(2);
  });

  test.each([
    ['null', (call: Call) => call.answer(null)],
    ['a refusal', (call: Call) => call.fail(refused(401))],
  ])('is the same for %s', async (_, end) => {
    const { refresh, calls } = handled();
    const once = oncePerToken(refresh, { keepFor: 100 });
    const first = once(OLD, contextOf());
    end(calls[0]!);
    await Promise.allSettled([first]);
    await jest.advanceTimersByTimeAsync(100);
    void once(OLD, contextOf());
    expect(calls).toHaveLength(2);
  });

  test('may be as long as a timer, and does not keep the process alive', async () => {
    jest.useRealTimers();
    const timers = jest.spyOn(globalThis, 'setTimeout');
    const { refresh, calls } = handled();
    const longest = 2 ** 31 - 1;
    const first = oncePerToken(refresh, { keepFor: longest })(OLD, contextOf());
    calls[0]!.answer({ accessToken: 'a2' });
    await first;
    const at = timers.mock.calls.findIndex(([, ms]) => ms === longest);
    const timer = timers.mock.results[at]!.value as NodeJS.Timeout;
    expect(timer.hasRef()).toBe(false);
    clearTimeout(timer);
    timers.mockRestore();
  });

  test('of a call that was given up does not end that of the next one', async () => {
    const { refresh, calls } = handled();
    const once = oncePerToken(refresh, { keepFor: 100 });
    const controller = new AbortController();
    const first = once(OLD, contextOf(controller));
    controller.abort();
    const second = once(OLD, contextOf());
    calls[0]!.answer({ accessToken: 'late' });
    await first;
    await jest.advanceTimersByTimeAsync(50);
    calls[1]!.answer({ accessToken: 'a2' });
    await second;
    await jest.advanceTimersByTimeAsync(60);
    expect(await once(OLD, contextOf())).toEqual({ accessToken: 'a2' });
    expect(calls).toHaveLength(2);
  });
});

test.each([
  ['an answer', (call: Call) => call.answer({ accessToken: 'late' })],
  ['a fault', (call: Call) => call.fail(refused(503))],
  ['a refusal', (call: Call) => call.fail(refused(401))],
])('G8: %s of a call that was given up does not disturb the next one', async (_, end) => {
  const { refresh, calls } = handled();
  const once = oncePerToken(refresh);
  const controller = new AbortController();
  const first = once(OLD, contextOf(controller));
  controller.abort();
  const second = once(OLD, contextOf());
  end(calls[0]!);
  await Promise.allSettled([first]);
  const third = once(OLD, contextOf());
  expect(calls).toHaveLength(2);
  calls[1]!.answer({ accessToken: 'a2' });
  expect(await Promise.all([second, third])).toEqual([
    { accessToken: 'a2' },
    { accessToken: 'a2' },
  ]);
});

test('G21: a caller that has aborted already does not wait, and the reason is handed on', () => {
  const { refresh, calls } = handled();
  const controller = new AbortController();
  controller.abort('too late');
  void oncePerToken(refresh)(OLD, contextOf(controller));
  const { signal } = calls[0]!.context;
  expect([signal.aborted, signal.reason]).toEqual([true, 'too late']);
});

test('who aborts after the answer takes it from nobody, and leaves no listener', async () => {
  const { refresh, calls } = handled();
  const once = oncePerToken(refresh);
  const controller = new AbortController();
  const add = jest.spyOn(controller.signal, 'addEventListener');
  const remove = jest.spyOn(controller.signal, 'removeEventListener');
  const first = once(OLD, contextOf(controller));
  calls[0]!.answer({ accessToken: 'a2' });
  await first;
  await Promise.resolve();
  controller.abort();
  expect(calls[0]!.context.signal.aborted).toBe(false);
  expect(await once(OLD, contextOf())).toEqual({ accessToken: 'a2' });
  expect(calls).toHaveLength(1);
  expect(remove.mock.calls[0]!.slice(0, 2)).toEqual(add.mock.calls[0]!.slice(0, 2));
});

test.each([undefined, '', 'text', 0])(
  'an answer of %p is handed on, and not kept',
  async (answer) => {
    const { refresh, calls } = handled();
    const once = oncePerToken(refresh);
    const first = once(OLD, contextOf());
    calls[0]!.answer(answer);
    expect(await first).toBe(answer);
    void once(OLD, contextOf());
    expect(calls).toHaveLength(2);
  },
);

test('the refused answer is handed on where there is one, and the context as it is without a token', () => {
  const { refresh, calls } = handled();
  const once = oncePerToken(refresh);
  const response = { status: 401 } as never;
  void once(OLD, { ...contextOf(), response });
  void once({ ...OLD, refreshToken: 'r9' }, contextOf());
  expect(calls[0]!.context.response).toBe(response);
  expect('response' in calls[1]!.context).toBe(false);
  const context = contextOf();
  void once({ accessToken: 'a1' }, context);
  expect(calls[2]).toMatchObject({ tokens: { accessToken: 'a1' } });
  expect(calls[2]!.context).toBe(context);
});

test('other properties of the function are kept', () => {
  const { refresh } = handled();
  const revoke = (): void => undefined;
  const once = oncePerToken(Object.assign(refresh, { revoke, startsAlone: false }));
  expect(once.revoke).toBe(revoke);
  expect(once.startsAlone).toBe(false);
});

test.each([-1, NaN, Infinity, 2 ** 31, '10', null])(
  'keepFor: %p is a TypeError that names it',
  (keepFor) => {
    expect(() => oncePerToken(() => null, { keepFor } as never)).toThrow(
      /oncePerToken\(refresh, options\): Option "keepFor" must be a number of milliseconds, 0 or more/,
    );
  },
);

test.each([undefined, null, {}, 'https://id.example.com'])(
  '%p is no refresh function',
  (refresh) => {
    expect(() => oncePerToken(refresh as never)).toThrow(/refresh must be a function, got/);
  },
);

test('an unknown option is a TypeError that lists those there are', () => {
  expect(() => oncePerToken(() => null, { ttl: 1 } as never)).toThrow(/The options are: keepFor/);
});
