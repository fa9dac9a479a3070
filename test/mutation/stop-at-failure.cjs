const { TestEnvironment } = require('jest-environment-node');

/** Skips the rest of a file as soon as one of its tests has failed: the change has been noticed. */
module.exports = class extends TestEnvironment {
  #hasFailed = false;

  handleTestEvent({ name, test }) {
    if (name === 'test_fn_failure' || name === 'hook_failure') this.#hasFailed = true;
    if (name === 'test_start' && this.#hasFailed) test.mode = 'skip';
  }
};
