import { steadyNow } from '../util/clock';
import { AuthError } from '../errors';
import type { RefreshContext } from '../options';
import type { Redactor } from '../redact';
import { accessOf, receiveTokens, type Tokens } from '../tokens';
import { tooOften } from './limit';
import { createLastLook } from './last-look';
import { exclusively } from './lock';
import { callRefresh, type RefreshOutcome } from './refresh-call';
import type { Renewal, RenewalHost, Renewed } from './renewal-host';
import { aborted, unref } from '../util/timers';

/** Half of the time may go by waiting for the lock, so that half is left for the refresh. */
const LOCK_SHARE = 0.5;

export function startRenewal(
  host: RenewalHost,
  token: string | null,
  cause: Pick<RefreshContext, 'reason' | 'response'>,
): Renewal {
  const { options, vault, lifetimes } = host;
  const controller = new AbortController();
  const { signal } = controller;
  // The wait for the lock also ends with the renewal, which the signal of `refresh` does not tell.
  const waiting = new AbortController();
  signal.addEventListener('abort', () => {
    waiting.abort();
  });
  const endsAt = steadyNow() + options.refreshTimeout;
  const lastLook = createLastLook({
    vault,
    tokenStore: options.tokenStore,
    endsAt,
    signal,
    isNews: (found) => accessOf(found) !== token || !host.isCurrent(),
  });
  let refreshToken: string | undefined;
  let received: Renewed | undefined;

  const renewal: Renewal = {
    token,
    reason: cause.reason,
    usesClient: false,
    requests: 0,
    waited: cause.reason !== 'ahead',
    held: 0,
    get released() {
      return released;
    },
    get refreshToken() {
      return refreshToken;
    },
    cancel() {
      controller.abort();
    },
    done() {
      over = true;
      clearTimeout(timer);
      waiting.abort();
    },
    look() {
      if (!called) adoptChange().catch(() => undefined);
    },
  };

  let called = false;
  let over = false;
  const timer = setTimeout(() => {
    if (received) host.succeed(received);
    else void host.end({ kind: 'failed', error: tookTooLong(options.refreshTimeout) });
    // The call may go on: tokens that still come are stored, a rotated refresh token is not lost.
    controller.abort();
  }, options.refreshTimeout);
  if (!renewal.waited) unref(timer);

  async function renew(alone: boolean): Promise<void> {
    const held = await vault.read();
    if (!host.isCurrent() || over) return;
    if (accessOf(held) !== token) return settleOn(held);
    if (!host.takeTurn()) return host.end({ kind: 'cut-off', error: tooOften(options) });

    called = true;
    refreshToken = held?.refreshToken;
    const outcome = await callRefresh(held, context(), options, { ...host, endsAt, retries });
    host.inside.over();
    if (!host.isCurrent()) {
      drop(outcome, held);
      return;
    }

    if (outcome.kind === 'failed') return endFailed(outcome, held);
    // Read again before anything is written or cleared: a sibling may have been faster.
    const isRefused = outcome.kind === 'refused';
    const found = isRefused ? await lastLook.afterRefusal(alone) : await vault.readOr(held);
    if (!host.isCurrent()) {
      drop(outcome, held);
      return;
    }
    if (outcome.kind === 'refused') {
      return accessOf(found) === token ? host.end(outcome) : settleOn(found);
    }
    const tokens = receiveTokens(outcome.answer, held);
    if (accessOf(found) !== token) return settleOn(await withRotated(found, held, tokens));
    lifetimes.received(tokens);
    received = { tokens, adopted: false, attempts: outcome.attempts };
    // Where the write fails, the vault serves the tokens from memory and tries again (G9).
    await vault.write(tokens).catch(() => undefined);
    if (host.isCurrent()) host.succeed(received);
  }

  /** A sibling may have been faster here, too; a store that has nothing now is no sign-out. */
  async function endFailed(
    failure: RefreshOutcome & { kind: 'failed' },
    held: Tokens | null,
  ): Promise<void> {
    const found = await lastLook.afterFailure(held);
    if (over || !host.isCurrent()) return;
    return found && accessOf(found) !== token ? settleOn(found) : host.end(failure);
  }

  /** In the background there is time to try again later. */
  const retries = (): number => (renewal.waited ? host.retries() : 0);

  function drop(outcome: RefreshOutcome, held: Tokens | null): void {
    if (outcome.kind === 'answered') host.revocation.drop(outcome.answer, held);
  }

  /** A step-up may have stored tokens meanwhile that still have the refresh token which is used up now. */
  async function withRotated(
    found: Tokens | null,
    held: Tokens | null,
    { refreshToken: rotated }: Tokens,
  ): Promise<Tokens | null> {
    const isUsedUp = found && rotated && found.refreshToken === held?.refreshToken;
    if (!isUsedUp || rotated === held?.refreshToken) return found;
    const both = { ...found, refreshToken: rotated };
    await vault.write(both).catch(() => undefined);
    return both;
  }

  async function adoptChange(): Promise<void> {
    const found = await vault.read();
    if (!found || accessOf(found) === token || called || over || !host.isCurrent()) return;
    void settleOn(found);
  }

  function settleOn(found: Tokens | null): Promise<void> | undefined {
    if (!found) return host.end({ kind: 'gone' });
    host.succeed({ tokens: found, adopted: true, attempts: 0 });
    return undefined;
  }

  function context(): RefreshContext {
    let client: RefreshContext['client'] | undefined;
    return {
      ...cause,
      signal,
      get client() {
        renewal.usesClient = true;
        return (client ??= host.client());
      },
    };
  }

  // The lock is not kept beyond the end of the renewal, whatever `refresh` does.
  const work = (alone: boolean): Promise<void> =>
    Promise.race([
      renew(alone).catch((fault: unknown) =>
        host.end({ kind: 'failed', error: asAuthError(fault, host.redactor) }),
      ),
      aborted(signal),
    ]);
  // Not before listeners have heard of it, so that none of them runs inside the lock; nor before the
  // session knows of the renewal, as `refresh` may send a request at once.
  const patience = options.refreshTimeout * LOCK_SHARE;
  const told = host.herald.tell({ type: 'refreshing', reason: cause.reason });
  const released = told.then(() =>
    exclusively(options.tokenStore, work, patience, waiting.signal, host.onLockFault),
  );
  return renewal;
}

function asAuthError(fault: unknown, redactor: Redactor): AuthError {
  if (fault instanceof AuthError) return fault;
  const cause = redactor.error(fault);
  return new AuthError('ERR_AUTH_REFRESH_FAILED', `The renewal failed: ${cause.message}.`, {
    cause,
  });
}

function tookTooLong(ms: number): AuthError {
  return new AuthError(
    'ERR_AUTH_REFRESH_TIMEOUT',
    `The access token was not renewed within ${ms} ms (refreshTimeout). The session is kept: try again later.`,
  );
}
