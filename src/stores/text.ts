import type { Tokens } from '../tokens';
import { isRecord } from '../util/values';

/** The key under which a store keeps the tokens, where no other is given. */
export const DEFAULT_KEY = 'axios-auth-interceptors';

/** Options of the stores that keep the tokens as text. */
export interface TextStoreOptions {
  /** The key to keep them under; one for each session that shares a storage. @default 'axios-auth-interceptors' */
  key?: string;
  /**
   * In place of `key`, for an application that keeps each in a key of its own. What has no name here is
   * not stored, extra fields included; `expiresAt` is the text of a number, in milliseconds since the
   * epoch. Without a value under `accessToken` nobody is signed in.
   *
   * @example
   * webStorageStore(() => localStorage, {
   *   keys: { accessToken: 'token', refreshToken: 'refresh_token', expiresAt: 'token_expires' },
   * })
   */
  keys?: { accessToken: string; refreshToken?: string; expiresAt?: string };
}

/** A damaged or foreign value counts as "signed out": the next sign-in writes over it. */
export function parseTokens(text: string | null | undefined): Tokens | null {
  let value: unknown;
  try {
    value = JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
  if (!isRecord(value)) return null;
  const { accessToken, refreshToken, expiresAt } = value;
  const isShaped =
    [accessToken, refreshToken].every((token) => token == null || typeof token === 'string') &&
    (accessToken || refreshToken) &&
    (expiresAt == null || typeof expiresAt === 'number');
  return isShaped ? (value as unknown as Tokens) : null;
}

export function checkStorage(storage: unknown, methods: readonly string[], where: string): void {
  const complete =
    isRecord(storage) && methods.every((method) => typeof storage[method] === 'function');
  if (complete) return;
  throw new TypeError(
    `${where}: the storage must have ${methods.map((m) => `${m}()`).join(', ')}.`,
  );
}
