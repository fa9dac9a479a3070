import { digest } from '../../../src/util/digest';
import { readClaims } from '../../../src/util/jwt';
import { describe as describeValue, isRecord, ownValue } from '../../../src/util/values';
import { jwt } from '../../support/clocks';

it.each([
  ['', 'an empty string'],
  [[], 'an array'],
  [null, 'null'],
  [undefined, 'undefined'],
  ['secret', 'a value of type string'],
  [{}, 'a value of type object'],
])('G34: %j is described as its kind', (value, text) => {
  expect(describeValue(value)).toBe(text);
});

it('G3: an own value is read, and an inherited one is not', () => {
  expect(ownValue({ a: 1 }, 'a')).toBe(1);
  expect(ownValue(Object.create({ a: 1 }), 'a')).toBeUndefined();
  for (const value of [null, undefined, 'text', 5])
    expect(ownValue(value, 'length')).toBeUndefined();
  expect([isRecord({}), isRecord([]), isRecord(null), isRecord(isRecord)]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

it('G34: a digest tells texts apart and shows none', () => {
  const texts = Array.from({ length: 20_000 }, (_, at) => `token-${at}`);
  expect(new Set(texts.map(digest)).size).toBe(texts.length);
  expect(digest('token-1')).toBe(digest('token-1'));
  expect(digest('')).toMatch(/^[\da-z]+$/);
});

it('G30: the claims of a JWT are read, and those of anything else are none', () => {
  expect(readClaims(jwt({ sub: 'alice', exp: 1 }))).toEqual({ sub: 'alice', exp: 1 });
  for (const token of ['', 'opaque', 'a.b', '..', `${jwt({})}.d`, 'a.!!.c', `a.${btoa('5')}.c`]) {
    expect(readClaims(token)).toBeNull();
  }
});
