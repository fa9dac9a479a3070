import { describe, isRecord } from './values';

/** What an option takes, in words and as a test. */
export type Check = readonly [wanted: string, holds: (value: unknown) => boolean];

const typeIs =
  (name: string) =>
  (value: unknown): boolean =>
    typeof value === name;

export const aFunction: Check = ['a function', typeIs('function')];
export const aBoolean: Check = ['true or false', typeIs('boolean')];

/**
 * Checks options by name; one that is `undefined` counts as left out, but for those that are required.
 *
 * @param where the call, for the message: `attachAuthInterceptors(instance, options)`
 * @throws TypeError that names the option and says what it takes
 */
export function checkOptions<O extends object>(
  where: string,
  options: O,
  checks: Record<keyof O, Check>,
  required: (keyof O & string) | undefined,
): void {
  if (!isRecord(options)) {
    throw new TypeError(
      `${where}: options must be an object${required ? ` with at least ${required}` : ''}, got ${describe(options)}.`,
    );
  }
  const given: Record<string, unknown> = { ...options };
  // Last, so that a name that is misspelt is found first.
  if (required) given[required] = options[required];
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(checks, name)) {
      throw new TypeError(
        `${where}: Unknown option "${name}". The options are: ${Object.keys(checks).join(', ')}.`,
      );
    }
    const [wanted, holds] = checks[name as keyof O];
    if ((value !== undefined || name === required) && !holds(value)) {
      throw new TypeError(`${where}: Option "${name}" must be ${wanted}, got ${describe(value)}.`);
    }
  }
}
