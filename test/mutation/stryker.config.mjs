/**
 * How Stryker runs here: `npm run test:mutation -- --mutate src/session/state.ts`. docs/mutation.md says more.
 *
 * The process runs in the root of the project (test/mutation/run.mjs starts it there), so every path
 * is seen from the root.
 */
const here = new URL('.', import.meta.url);

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  plugins: [
    new URL('one-file-at-a-time.mjs', here).href,
    new URL('messages.mjs', here).href,
    '@stryker-mutator/jest-runner',
  ],
  mutate: ['src/**/*.{ts,tsx}'],
  testRunner: 'jest-one-file-at-a-time',
  jest: { configFile: 'test/mutation/jest.config.mjs', enableFindRelatedTests: false },
  coverageAnalysis: 'perTest',
  // A change of a text that people read is not a fault: messages.mjs says which strings these are.
  ignorers: ['messages'],
  // The tests are transpiled and not type-checked, so they can be run as they are.
  disableTypeChecks: false,
  // Most tests wait for servers; more of them at once would only run into each other's timeouts.
  concurrency: 1,
  // A test that hangs is ended by Jest. This is for code that never gives the event loop back.
  timeoutMS: 10_000,
  timeoutFactor: 3,
  // Jest keeps something of every run: a process that has run thousands is large and slow.
  maxTestRunnerReuse: 200,
  // The first run of all tests takes minutes on a small machine.
  dryRunTimeoutMinutes: 30,
  incremental: true,
  incrementalFile: 'coverage/mutation/incremental.json',
  reporters: ['clear-text', 'json', 'html', 'progress-append-only'],
  clearTextReporter: { logTests: false, reportTests: false, allowColor: false },
  jsonReporter: { fileName: 'coverage/mutation/report.json' },
  htmlReporter: { fileName: 'coverage/mutation/report.html' },
  tempDirName: 'coverage/mutation/sandbox',
  ignorePatterns: ['bench', 'docs', 'examples', 'coverage', 'dist', '**/node_modules', '.ci'],
  allowConsoleColors: false,
};
