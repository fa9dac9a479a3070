import type { Config } from 'jest';
import base from './jest.config';

/** Every suite. Those of Chromium and of Redis fail where it is not installed: nothing is skipped. */
const config: Config = { ...base, testPathIgnorePatterns: [] };

export default config;
