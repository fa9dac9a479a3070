import type { Config } from 'jest';

const config: Config = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts?(x)'],
  transform: { '^.+\\.tsx?$': ['ts-jest', { diagnostics: false }] },
  // Most of them wait for servers more than they compute: one worker less would be a core that idles.
  maxWorkers: '100%',
  // No test depends on a fast machine: a busy one gets all the time that it needs.
  testTimeout: 30_000,
  collectCoverageFrom: ['src/**/*.ts'],
  // What is left are defaults that only the types ask for, and faults of platforms not met here.
  coverageThreshold: { global: { lines: 96, branches: 91 } },
};

export default config;
