export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** Reads an own property: a polluted `Object.prototype` has no influence. */
export const ownValue = (object: unknown, key: string): unknown =>
  isRecord(object) && Object.hasOwn(object, key) ? object[key] : undefined;

/** Reads what comes from outside, a getter or a proxy, which may throw: then it is nothing. */
export function safely<R>(read: () => R): R | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Names the kind of a value; never a text, which may be a credential. */
export function describe(value: unknown): string {
  if (typeof value === 'number') return String(value);
  if (value === '') return 'an empty string';
  if (safely(() => Array.isArray(value))) return 'an array';
  return value == null ? String(value) : `a value of type ${typeof value}`;
}
