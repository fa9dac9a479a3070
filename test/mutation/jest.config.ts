import { join } from 'node:path';
import type { Config } from 'jest';
import base from '../../jest.config';

/**
 * The tests that Stryker runs for every change of src: those that are fast, give the same result every
 * time, and start no processes.
 */
const config: Config = {
  ...base,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/(unit|guarantees|stores|fetch|step-up|oauth2)/**/*.test.ts'],
  transform: { '^.+\\.tsx?$': '<rootDir>/test/mutation/transpile.cjs' },
  testEnvironment: join(__dirname, 'stop-at-failure.cjs'),
  // A change may leave a test waiting: that counts as noticed.
  testTimeout: 10_000,
  watchman: false,
};

export default config;
