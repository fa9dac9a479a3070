import { readFileSync } from 'node:fs';
import type { Config } from 'jest';
import base from './jest.config';
import oldest from './jest.oldest-peers.config';

/**
 * The suites that depend on a peer, with any version of it that test/compat/package.json names. Install them
 * with `npm run test:compat`, or with `npm ci --ignore-scripts` in that folder. Then:
 * `AXIOS=1.9 npm run test:peers`, `REACT=19.0 npm run test:peers test/react`, `REDIS=4 npm run test:peers`.
 */
const { AXIOS, REACT, REDIS, IOREDIS } = process.env;

const folder = (name: string, version: string): string =>
  `<rootDir>/test/compat/node_modules/${name}-${version}`;

function versionOf(name: string, version: string): string {
  const manifest = folder(name, version).replace('<rootDir>', __dirname);
  const text = readFileSync(`${manifest}/package.json`, 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

const config: Config = {
  ...base,
  ...(REDIS || IOREDIS
    ? { testMatch: ['<rootDir>/test/redis/*.test.ts'], testPathIgnorePatterns: [] }
    : { testMatch: oldest.testMatch ?? [] }),
  moduleNameMapper: {
    ...base.moduleNameMapper,
    ...(AXIOS && { '^axios$': `${folder('axios', AXIOS)}/dist/node/axios.cjs` }),
    ...(REACT && { '^(react|react-dom)((?:/.*)?)$': `${folder('$1', REACT)}$2` }),
    ...(REDIS && { '^redis$': folder('redis', REDIS) }),
    ...(IOREDIS && { '^ioredis$': folder('ioredis', IOREDIS) }),
  },
  globals: {
    ...base.globals,
    ...(AXIOS && { expectedAxios: versionOf('axios', AXIOS) }),
    ...(REACT && { expectedReact: versionOf('react', REACT) }),
  },
};

export default config;
