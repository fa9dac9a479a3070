import axios from 'axios';
import { AuthError, type AuthErrorCode } from '../../../src/errors';
import { resolveOptions } from '../../../src/resolve-options';
import { AsyncScope } from '../../../src/session/async-scope';
import { callRefresh, type Answered, type FailedRenewal } from '../../../src/session/refresh-call';
import { Secrets } from '../../../src/session/secrets';
import type { Tokens } from '../../../src/tokens';
import { steadyNow } from '../../../src/util/time';

const TOKENS: Tokens = { accessToken: 'access-1', refreshToken: 'refresh-1' };

/** What one call of `refresh` does: it gives a value, or throws an error. */
type Act = unknown;

interface Begun {
  refresh: jest.Mock;
  /** When each call was made, in milliseconds since the first. */
  times: number[];
  controller: AbortController;
  outcome: Promise<Answered | FailedRenewal>;
}

interface Given {
  tokens?: Tokens | null;
  retries?: number;
  /** How long the renewal may last. */
  lasts?: number;
}

/** Calls a `refresh` that does one act after the other, and the last one again and again. */
function begin(acts: Act[], { tokens = TOKENS, retries = 2, lasts = 30_000 }: Given = {}): Begun {
  const controller = new AbortController();
  const times: number[] = [];
  const startedAt = steadyNow();
  const refresh = jest.fn(() => {
    times.push(steadyNow() - startedAt);
    const act = acts[Math.min(times.length, acts.length) - 1];
    if (act instanceof Error) throw act;
    return act;
  });
  const outcome = callRefresh(
    { options: resolveOptions({ refresh: refresh as never }), secrets: new Secrets() },
    new AsyncScope(),
    tokens,
    { client: axios.create(), signal: controller.signal, reason: 'expired' },
    { retries: () => retries, endsAt: startedAt + lasts },
  );
  return { refresh, times, controller, outcome };
}

async function end({ outcome }: Begun): Promise<Answered | FailedRenewal> {
  await jest.advanceTimersByTimeAsync(60_000);
  return outcome;
}

const withStatus = (status: number, headers: object = {}): Error =>
  Object.assign(new Error(`status ${status}`), { response: { status, headers } });
const noAnswer = (): Error => Object.assign(new Error('no network'), { code: 'ECONNREFUSED' });
const answer = { accessToken: 'access-2' };

beforeEach(() => {
  jest.useFakeTimers();
  jest.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

describe('what the refresh is called with', () => {
  it('is a copy of the tokens, which it may change', async () => {
    const tokens = { ...TOKENS };
    const begun = begin([answer], { tokens });
    expect(begun.refresh).toHaveBeenCalledWith(
      tokens,
      expect.objectContaining({ reason: 'expired' }),
    );
    const [[given]] = begun.refresh.mock.calls as [[Tokens]];
    given.accessToken = 'changed';
    await end(begun);
    expect(tokens).toEqual(TOKENS);
  });

  it('is null where there are none', () => {
    const { refresh } = begin([answer], { tokens: null });
    expect(refresh).toHaveBeenCalledWith(null, expect.anything());
  });
});

describe('an answer', () => {
  it.each([[answer], [undefined], ['anything']])(
    'G13: %p is handed on, to be checked by others',
    async (given) => {
      expect(await end(begin([given]))).toEqual({ kind: 'answered', answer: given, attempts: 1 });
    },
  );

  it('G11: null is a refusal, which has no cause', async () => {
    const outcome = await end(begin([null]));
    expect(outcome).toMatchObject({ kind: 'refused', error: { code: 'ERR_AUTH_SESSION_EXPIRED' } });
    expect('cause' in (outcome as { error: AuthError }).error).toBe(false);
  });
});

describe('a fault', () => {
  it.each([400, 401, 403])('G11: a refusal by %d keeps its cause', async (status) => {
    const begun = begin([withStatus(status)]);
    expect(await end(begun)).toMatchObject({
      kind: 'refused',
      error: {
        code: 'ERR_AUTH_SESSION_EXPIRED',
        message: expect.stringContaining(`(status ${status})`) as unknown,
        cause: { message: `status ${status}`, status },
      },
    });
    expect(begun.times).toHaveLength(1);
  });

  it('G10: a permanent one is not tried again, and says what to look at', async () => {
    const begun = begin([new Error('a typo')]);
    expect(await end(begun)).toEqual({ kind: 'failed', error: expect.any(AuthError) as unknown });
    expect(begun.times).toHaveLength(1);
    expect(await begun.outcome).toMatchObject({
      error: {
        code: 'ERR_AUTH_REFRESH_FAILED',
        message: expect.stringMatching(
          /\(a typo; attempts: 1\).* check the option refresh/,
        ) as unknown,
        cause: { message: 'a typo' },
      },
    });
  });

  it.each<AuthErrorCode>(['ERR_AUTH_CONFIG', 'ERR_AUTH_INVALID_TOKENS', 'ERR_AUTH_INSECURE_URL'])(
    'G33: %s of the refresh is what the caller gets',
    async (code) => {
      expect(await end(begin([new AuthError(code, 'what to do')]))).toMatchObject({
        kind: 'failed',
        error: { code, message: 'what to do', cause: { message: 'what to do', code } },
      });
    },
  );

  it('G33: another code, or an error that only bears one of these, is a failed refresh', async () => {
    const foreign = Object.assign(new Error('not ours'), { code: 'ERR_AUTH_CONFIG' });
    for (const fault of [new AuthError('ERR_AUTH_STORE', 'another session'), foreign]) {
      expect(await end(begin([fault]))).toMatchObject({
        kind: 'failed',
        error: { code: 'ERR_AUTH_REFRESH_FAILED' },
      });
    }
  });

  it('G10: a transient one that lasts says so, with the number of attempts', async () => {
    const outcome = await end(begin([withStatus(503)]));
    expect(outcome).toMatchObject({
      kind: 'failed',
      busyFor: 0,
      error: {
        code: 'ERR_AUTH_REFRESH_FAILED',
        message: expect.stringMatching(/\(status 503; attempts: 3\).* try again later/) as unknown,
        cause: { status: 503 },
      },
    });
  });
});

describe('trying again', () => {
  it('G10: ends with the answer, and counts the attempts', async () => {
    const begun = begin([noAnswer(), withStatus(503), answer]);
    expect(await end(begun)).toEqual({ kind: 'answered', answer, attempts: 3 });
  });

  it.each([
    ['lower', 0, [0, 150, 600, 1_950]],
    ['upper', 1, [0, 300, 1_200, 3_900]],
  ])('G10: waits three times as long each time: the %s end of the jitter', async (_, by, times) => {
    jest.spyOn(Math, 'random').mockReturnValue(by);
    const begun = begin([noAnswer()], { retries: 3 });
    await end(begun);
    expect(begun.times).toEqual(times);
  });

  it('G10: waits for as long as the server asks for, and not less than the backoff', async () => {
    const begun = begin([
      withStatus(503, { 'retry-after': '2' }),
      withStatus(503, { 'retry-after': '0' }),
    ]);
    await end(begun);
    expect(begun.times).toEqual([0, 2_000, 2_450]);
  });

  it('G10: not after the end of the renewal', async () => {
    const still = begin([noAnswer()], { lasts: 150 });
    await end(still);
    expect(still.times).toEqual([0, 150]);
    const over = begin([withStatus(503, { 'retry-after': '31' })]);
    expect(await end(over)).toMatchObject({ kind: 'failed', busyFor: 31_000 });
    expect(over.times).toEqual([0]);
  });

  it('G10: as often as is allowed', async () => {
    const begun = begin([noAnswer()], { retries: 0 });
    expect(await end(begun)).toMatchObject({ kind: 'failed', busyFor: undefined });
    expect(begun.times).toEqual([0]);
  });

  it('G21: not once the renewal is aborted: the wait ends at once', async () => {
    const begun = begin([noAnswer()]);
    await jest.advanceTimersByTimeAsync(100);
    begun.controller.abort();
    expect(await begun.outcome).toMatchObject({ kind: 'failed' });
    expect(begun.times).toEqual([0]);
  });
});
