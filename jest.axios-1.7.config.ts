import type { Config } from 'jest';
import base from './jest.config';

/** The guarantees again, with the oldest axios that is supported. */
const config: Config = {
  ...base,
  testMatch: ['**/guarantees/**/*.test.ts', '**/compatibility/**/*.test.ts'],
  moduleNameMapper: {
    ...base.moduleNameMapper,
    '^axios$': '<rootDir>/node_modules/axios-1.7/dist/node/axios.cjs',
  },
  globals: { ...base.globals, expectedAxios: '1.7.9' },
};

export default config;
