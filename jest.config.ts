import type { Config } from 'jest';

/** The fast suite: all that needs nothing but Node. The other configurations start from this one. */
const config: Config = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts?(x)'],
  // Chromium, other versions of the peers, Redis, the pages of the documentation, the frameworks, what checks
  // regular expressions, the packed tarball, other runtimes, the examples, every cell of the comparison with
  // bare axios: `npm run test:all` runs them too. The soak has a script of its own.
  testPathIgnorePatterns: [
    '<rootDir>/test/(browser|compat|redis|docs|frameworks|hostile/regular-expressions|package|runtimes|soak|ssr|transparency/full)/',
  ],
  transform: { '^.+\\.tsx?$': ['ts-jest', { diagnostics: false }] },
  // Most of them wait for servers more than they compute: one worker less would be a core that idles.
  maxWorkers: '100%',
  // No test depends on a fast machine: a busy one gets all the time that it needs.
  testTimeout: 30_000,
};

export default config;
