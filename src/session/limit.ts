import { steadyNow } from '../util/clock';
import { AuthError } from '../errors';
import type { ResolvedOptions } from '../options';

/** Cuts off renewals that come too fast (G12). */
export interface Limit {
  hasRoom(): boolean;
  /** Counts a renewal; false where there is no room for it. */
  take(): boolean;
  reset(): void;
}

export function createLimit(limit: { count: number; per: number } | false): Limit {
  let taken: number[] = [];

  function hasRoom(): boolean {
    if (!limit) return true;
    const since = steadyNow() - limit.per;
    taken = taken.filter((at) => at > since);
    return taken.length < limit.count;
  }

  return {
    hasRoom,
    take: () => hasRoom() && taken.push(steadyNow()) > 0,
    reset() {
      taken = [];
    },
  };
}

export function tooOften({ refreshLimit }: ResolvedOptions): AuthError {
  const { count, per } = refreshLimit || { count: 0, per: 0 };
  return new AuthError(
    'ERR_AUTH_REFRESH_LOOP',
    `More than ${count} renewals within ${per} ms: the server refuses fresh tokens, or they live too ` +
      'short for refreshLimit. Check the clock and the audience of the server, or raise refreshLimit.',
  );
}
