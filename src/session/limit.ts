/** Cuts off renewals that come too fast (G12): true while there is room for another one. */
export function createLimit(limit: { count: number; per: number } | false): {
  take(): boolean;
  reset(): void;
} {
  let taken: number[] = [];
  return {
    take() {
      if (!limit) return true;
      const now = performance.now();
      taken = taken.filter((at) => now - at < limit.per);
      return taken.length < limit.count && taken.push(now) > 0;
    },
    reset() {
      taken = [];
    },
  };
}
