import type { Config } from 'jest';
import base from './jest.config';

/** Many requests for many minutes over connections that fail: `MINUTES=1 SEED=7 npm run test:soak`. */
const config: Config = {
  ...base,
  testMatch: ['<rootDir>/test/soak/*.test.ts'],
  testPathIgnorePatterns: [],
  maxWorkers: 1,
  forceExit: true,
};

export default config;
