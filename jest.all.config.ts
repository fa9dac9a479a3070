import type { Config } from 'jest';
import base from './jest.config';

/**
 * Every suite but that of the tarball, which is packed once for all of it (jest.package.config.ts), and the
 * soak, which takes its time (jest.soak.config.ts). Those of Chromium and of Redis fail where it is not
 * installed: nothing is skipped.
 */
const config: Config = { ...base, testPathIgnorePatterns: ['<rootDir>/test/(package|soak)/'] };

export default config;
