import type { Config } from 'jest';
import base from './jest.config';

/** The model of session, store and server, with many more runs than the fast suite makes of it. */
const config: Config = {
  ...base,
  testMatch: ['**/model/*.test.ts'],
  globals: { ...base.globals, modelRuns: 1_000_000 },
};

export default config;
