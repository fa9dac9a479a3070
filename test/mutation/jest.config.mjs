import { fileURLToPath } from 'node:url';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/**
 * The tests that Stryker runs for every change of src: those that are fast, give the same result every
 * time, and start no processes. Not TypeScript: every process of Stryker would have to compile it.
 */
export default {
  rootDir: path('../..'),
  roots: ['<rootDir>/test'],
  testMatch: [
    '<rootDir>/test/(unit|guarantees|stores|fetch|step-up|oauth2|testing)/**/*.test.ts',
    // With `--coverageAnalysis off` alone: jsdom cannot tell which test reaches what.
    ...(process.env.REACT ? ['<rootDir>/test/react/*.test.tsx'] : []),
  ],
  testPathIgnorePatterns: [
    '/oauth2/(jmondi|oidc-provider|provider-page)',
    '/guarantees/g31-(joined|renew-ahead)',
    '/stores/web-storage-process',
    '/testing/events-jsdom',
    '/node_modules/',
  ],
  transform: { '^.+\\.tsx?$': path('transpile.cjs') },
  testEnvironment: path('stop-at-failure.cjs'),
  // A change may leave a test waiting: that counts as noticed.
  testTimeout: 10_000,
  watchman: false,
};
