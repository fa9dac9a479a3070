export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** Reads an own property: a polluted `Object.prototype` has no influence. */
export const ownValue = (object: unknown, key: string): unknown =>
  isRecord(object) && Object.hasOwn(object, key) ? object[key] : undefined;

/** Names the kind of a value, never the value: it may be a credential. */
export function describe(value: unknown): string {
  if (value === '') return 'an empty string';
  if (Array.isArray(value)) return 'an array';
  return value == null ? String(value) : `a value of type ${typeof value}`;
}
