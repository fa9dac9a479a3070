import type { Config } from 'jest';
import base from './jest.config';

/** The guarantees again with the oldest axios that is supported, and the hooks with React 18. */
const config: Config = {
  ...base,
  testMatch: [
    '**/guarantees/**/*.test.ts',
    '**/fetch/**/*.test.ts',
    '**/step-up/**/*.test.ts',
    '**/compatibility/**/*.test.ts',
    '**/react/{use-*,server}.test.tsx',
  ],
  moduleNameMapper: {
    ...base.moduleNameMapper,
    '^axios$': '<rootDir>/node_modules/axios-1.7/dist/node/axios.cjs',
    '^(react|react-dom)((?:/.*)?)$': '<rootDir>/node_modules/$1-18$2',
  },
  globals: { ...base.globals, expectedAxios: '1.7.9', expectedReact: '18.3.1' },
};

export default config;
