import { aBoolean, aFunction, checkOptions } from '../../../src/util/check-options';

const CHECKS = { run: aFunction, loud: aBoolean };
const check = (options: unknown, required?: 'run') => (): void => {
  checkOptions('start(options)', options as never, CHECKS, required as never);
};

it('takes options that are as they should be; undefined counts as left out', () => {
  expect(check({ run: () => undefined, loud: false })).not.toThrow();
  expect(check({ loud: undefined })).not.toThrow();
  expect(check({})).not.toThrow();
});

it.each<[unknown, 'run' | undefined, string]>([
  [
    { loud: 'secret' },
    undefined,
    'start(options): Option "loud" must be true or false, got a value of type string.',
  ],
  [{ laud: 1 }, undefined, 'start(options): Unknown option "laud". The options are: run, loud.'],
  [{ ran: 1 }, 'run', 'start(options): Unknown option "ran". The options are: run, loud.'],
  [{}, 'run', 'start(options): Option "run" must be a function, got undefined.'],
  [{ run: undefined }, 'run', 'start(options): Option "run" must be a function, got undefined.'],
  [{ run: null }, 'run', 'start(options): Option "run" must be a function, got null.'],
  [undefined, 'run', 'start(options): options must be an object with at least run, got undefined.'],
  [5, undefined, 'start(options): options must be an object, got 5.'],
  [
    { constructor: 1 },
    undefined,
    'start(options): Unknown option "constructor". The options are: run, loud.',
  ],
])('refuses %j (required: %s) and says why', (options, required, message) => {
  expect(check(options, required)).toThrow(new TypeError(message));
});
