import { describe as describeValue, isRecord, ownValue } from '../../../src/util/values';

it.each([
  ['', 'an empty string'],
  [[], 'an array'],
  [null, 'null'],
  [undefined, 'undefined'],
  [60, '60'],
  ['secret', 'a value of type string'],
  [{}, 'a value of type object'],
])('G34: %j is described, and no text is shown', (value, text) => {
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
