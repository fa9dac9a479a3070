import type { Config } from 'jest';
import base from './jest.config';

/** Hostile input, with many more runs than the fast suite makes of it: RUNS and SEED say which. */
const config: Config = {
  ...base,
  testMatch: ['**/hostile/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  globals: { ...base.globals, hostileRuns: 600 },
};

export default config;
