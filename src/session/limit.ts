import { steadyNow } from '../clock';
import { AuthError } from '../errors';
import type { ResolvedOptions } from '../options';

/** Cuts off renewals that come too fast (G12): true while there is room for another one. */
export function createLimit(limit: { count: number; per: number } | false): {
  take(): boolean;
  reset(): void;
} {
  let taken: number[] = [];
  return {
    take() {
      if (!limit) return true;
      const now = steadyNow();
      taken = taken.filter((at) => now - at < limit.per);
      return taken.length < limit.count && taken.push(now) > 0;
    },
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
