import { randomUUID } from 'node:crypto';
import KeyvRedis from '@keyv/redis';
import { Keyv } from 'keyv';
import type { Logger } from 'pino';

const MARGIN_MS = 1000;

function createStore(redisUrl: string | undefined): Keyv {
  // Keys are random per server, so sharing a namespace could only make servers clear each other.
  const namespace = `auth-revocations:${randomUUID()}`;
  // A list that cannot be read must fail the request: an error must never read as "not revoked".
  const throwOnErrors = true;
  if (redisUrl === undefined) return new Keyv({ namespace, throwOnErrors });
  // Without Redis a request must fail now, not wait: the next command connects again by itself.
  const socket = { connectTimeout: 5000, reconnectStrategy: false } as const;
  const store = new KeyvRedis({ url: redisUrl, socket }, { throwOnErrors });
  return new Keyv({ store, namespace, throwOnErrors, useKeyPrefix: false });
}

/** Each entry lives until the last token it concerns has expired by itself. */
export class Revocations {
  readonly #store: Keyv;

  constructor(redisUrl: string | undefined, log: Logger) {
    this.#store = createStore(redisUrl);
    this.#store.on('error', (error: unknown) => {
      log.error({ reason: error instanceof Error ? error.message : undefined }, 'revocation store');
    });
  }

  async revokeToken(id: string, expiresAt: number): Promise<void> {
    await this.#add(`token:${id}`, expiresAt);
  }

  async revokeFamily(id: string, accessExpiresAt: number): Promise<void> {
    await this.#add(`family:${id}`, accessExpiresAt);
  }

  async has(tokenId: string, familyId: string): Promise<boolean> {
    const keys = [`token:${tokenId}`, `family:${familyId}`];
    const found = await Promise.all(keys.map((key) => this.#store.get<boolean>(key)));
    return found.includes(true);
  }

  async clear(): Promise<void> {
    await this.#store.clear();
  }

  async close(): Promise<void> {
    await this.#store.disconnect();
  }

  async #add(key: string, expiresAt: number): Promise<void> {
    await this.#store.set(key, true, Math.max(0, Math.ceil(expiresAt - Date.now())) + MARGIN_MS);
  }
}
