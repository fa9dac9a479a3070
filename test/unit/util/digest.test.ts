import { digest } from '../../../src/util/digest';

it('G34: a digest tells texts apart and shows none', () => {
  const texts = Array.from({ length: 20_000 }, (_, at) => `token-${at}`);
  expect(new Set(texts.map(digest)).size).toBe(texts.length);
  expect(digest('token-1')).toBe(digest('token-1'));
  expect(digest('')).toMatch(/^[\da-z]+$/);
});

it('G27: a digest is FNV-1a in every version: tabs with different ones name what was replaced alike', () => {
  expect(digest('')).toBe((0x811c9dc5).toString(36) + (0x9e3779b9).toString(36));
  // A test vector of FNV-1a with 32 bits.
  expect(digest('foobar')).toBe((0xbf9cf968).toString(36) + '1w6ivcs');
});
