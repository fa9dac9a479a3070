import { chain, deferred, ignoreRejection, isThenable } from '../../../src/util/awaitable';

it('a value that is there is continued with at once, and a promise later', async () => {
  expect(chain(1, (value) => value + 1)).toBe(2);
  const later = chain(Promise.resolve(1), (value) => value + 1);
  expect(isThenable(later)).toBe(true);
  expect(await later).toBe(2);
});

it('is thenable what has a then, and nothing else', () => {
  expect(
    [Promise.resolve(), { then: () => undefined }].every((value: unknown) => isThenable(value)),
  ).toBe(true);
  expect(
    [undefined, null, 5, 'then', {}, { then: 1 }].some((value: unknown) => isThenable(value)),
  ).toBe(false);
});

it('G35: a rejection that is ignored, or of a deferred, is not unhandled', async () => {
  const unhandled = jest.fn();
  process.on('unhandledRejection', unhandled);
  try {
    ignoreRejection(Promise.reject(new Error('no')));
    ignoreRejection({
      get then(): never {
        throw new Error('no');
      },
    });
    deferred().reject(new Error('no'));
    await new Promise((resolve) => setTimeout(resolve, 5));
  } finally {
    process.off('unhandledRejection', unhandled);
  }
  expect(unhandled).not.toHaveBeenCalled();
});

it('a deferred is settled from outside, once', async () => {
  const { promise, resolve, reject } = deferred<number>();
  resolve(1);
  resolve(2);
  reject(new Error('no'));
  expect(await promise).toBe(1);
});
