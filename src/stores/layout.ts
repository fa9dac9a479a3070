import type { Tokens } from '../tokens';
import { checkOptions, type Check } from '../util/check-options';
import { ownValue } from '../util/values';
import { DEFAULT_KEY, parseTokens, type TextStoreOptions } from './text';

type Text = string | null | undefined;

/** How tokens lie in a storage of texts: as JSON under one key, or each under a key of its own. */
export interface Layout {
  /**
   * In the order of reading. They are written and removed in reverse, so that the access token comes
   * last: whoever reads the new one in between reads the refresh token that belongs to it.
   */
  readonly keys: readonly string[];
  /** Takes the texts in the order of the keys; null where nobody is signed in. */
  parse(texts: readonly Text[]): Tokens | null;
  /** Gives the texts in the order of the keys; null for one that is to be removed. */
  format(tokens: Tokens): (string | null)[];
  /** False for a value of another application, which is not removed. */
  isOwn(texts: readonly Text[]): boolean;
}

/** @throws TypeError that names the option */
export function createLayout(options: TextStoreOptions, where: string): Layout {
  // The keys are checked by themselves.
  checkOptions(where, options, { key: aKey, keys: ['an object', () => true] }, undefined);
  const { key = DEFAULT_KEY, keys } = options;
  if (keys === undefined) {
    return {
      keys: [key],
      parse: ([text]) => parseTokens(text),
      format: (tokens) => [JSON.stringify(tokens)],
      isOwn: ([text]) => parseTokens(text) !== null,
    };
  }
  checkKeys(keys, where);
  const names = NAMES.filter((name) => ownValue(keys, name) !== undefined);
  return {
    keys: names.map((name) => String(keys[name])),
    parse: (texts) => parseEach(Object.fromEntries(names.map((name, n) => [name, texts[n]]))),
    format: (tokens) => names.map((name) => textOf(ownValue(tokens, name))),
    isOwn: (texts) => texts.some((text) => text != null),
  };
}

const textOf = (value: unknown): string | null =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : null;

const NAMES = ['accessToken', 'refreshToken', 'expiresAt'] as const;

/** What applications leave behind that store whatever they have. */
const NOTHING = ['', 'null', 'undefined'];

/** Signed in is whoever has an access token: a refresh token alone may be the rest of a sign-out. */
function parseEach(texts: Readonly<Record<string, Text>>): Tokens | null {
  const given = (name: keyof Tokens): string | undefined => {
    const text = ownValue(texts, name);
    return typeof text !== 'string' || NOTHING.includes(text) ? undefined : text;
  };
  const accessToken = given('accessToken');
  if (accessToken === undefined) return null;
  const refreshToken = given('refreshToken');
  const expiresAt = Number(given('expiresAt') ?? NaN);
  return {
    accessToken,
    ...(refreshToken !== undefined && { refreshToken }),
    ...(Number.isFinite(expiresAt) && { expiresAt }),
  };
}

const aKey: Check = [
  'a string that is not empty',
  (value) => typeof value === 'string' && value !== '',
];

function checkKeys(keys: NonNullable<TextStoreOptions['keys']>, where: string): void {
  const call = `${where.replace(')', '')}, { keys })`;
  checkOptions(
    call,
    keys,
    { accessToken: aKey, refreshToken: aKey, expiresAt: aKey },
    'accessToken',
  );
  const used = Object.values(keys as Record<string, unknown>).filter((key) => key !== undefined);
  if (new Set(used).size < used.length) {
    throw new TypeError(`${call}: Each of "keys" must be another one.`);
  }
}
