import { readFileSync, writeFileSync } from 'node:fs';
import {
  commonTokens,
  declareFactoryPlugin,
  PluginKind,
  tokens,
} from '@stryker-mutator/api/plugin';
import { strykerPlugins as jestPlugins } from '@stryker-mutator/jest-runner';

/** In the sandbox: Stryker starts another process after a timeout, which has not seen the first run. */
const FILES_OF_TESTS = 'files-of-tests.json';

/**
 * Stryker's runner for Jest loads every test file for every change, and runs all that it is asked for. This
 * one loads only the files with tests that reach the change, one after the other, and stops at the first
 * that notices it: unit tests first, then the fastest.
 */
class OneFileAtATime {
  constructor(jest) {
    this.jest = jest;
  }

  async init() {
    await this.jest.init();
    this.config = this.jest.jestConfig;
  }

  capabilities() {
    return this.jest.capabilities();
  }

  async dryRun(options) {
    const result = await this.jest.dryRun(options);
    const files = {};
    for (const { fileName, id, timeSpentMs } of result.tests ?? []) {
      const file = (files[fileName] ??= { ids: [], ms: 0 });
      file.ids.push(id);
      file.ms += timeSpentMs;
    }
    writeFileSync(FILES_OF_TESTS, JSON.stringify(files));
    return result;
  }

  async mutantRun(options) {
    let nrOfTests = 0;
    for (const [file, ids] of filesFor(options.testFilter)) {
      this.jest.jestConfig = { ...this.config, testMatch: [file] };
      const result = await this.jest.mutantRun({ ...options, testFilter: ids });
      if (result.status !== 'survived') return result;
      nrOfTests += result.nrOfTests;
    }
    return { status: 'survived', nrOfTests };
  }

  dispose() {
    return this.jest.dispose?.();
  }
}

/**
 * A change of code that runs when its module is loaded can be noticed by every test: Stryker gives no names
 * of tests then, or, where it was told which files to run, the files in their place.
 */
function filesFor(testFilter) {
  const files = Object.entries(JSON.parse(readFileSync(FILES_OF_TESTS, 'utf8')));
  const wanted = testFilter && new Set(testFilter);
  const isUnit = (file) => file.includes('/test/unit/');
  return files
    .sort(([a, { ms }], [b, other]) => isUnit(b) - isUnit(a) || ms - other.ms)
    .map(([file, { ids }]) => [
      file,
      !wanted || wanted.has(file) ? undefined : ids.filter((id) => wanted.has(id)),
    ])
    .filter(([, ids]) => !ids || ids.length > 0);
}

const create = (injector) => new OneFileAtATime(jestPlugins[0].factory(injector));
create.inject = tokens(commonTokens.injector);

export const strykerPlugins = [
  declareFactoryPlugin(PluginKind.TestRunner, 'jest-one-file-at-a-time', create),
];
