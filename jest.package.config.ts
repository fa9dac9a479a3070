import type { Config } from 'jest';
import base from './jest.config';

/** What the packed tarball holds, in projects that install it, compile it and bundle it. */
const config: Config = {
  ...base,
  testMatch: ['<rootDir>/test/package/*.test.ts'],
  testPathIgnorePatterns: [],
  globalSetup: '<rootDir>/test/package/pack-once.ts',
  globalTeardown: '<rootDir>/test/package/remove-pack.ts',
};

export default config;
