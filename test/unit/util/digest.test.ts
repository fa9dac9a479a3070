import { digest } from '../../../src/util/digest';

it('G34: a digest tells texts apart and shows none', () => {
  const texts = Array.from({ length: 20_000 }, (_, at) => `token-${at}`);
  expect(new Set(texts.map(digest)).size).toBe(texts.length);
  expect(digest('token-1')).toBe(digest('token-1'));
  expect(digest('')).toMatch(/^[\da-z]+$/);
});
