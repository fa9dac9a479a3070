import type { InternalAxiosRequestConfig } from 'axios';
import type { ResolvedOptions } from '../options';
import type { Secrets } from '../session/secrets';
import { isRecord, ownValue } from '../util/values';

type Fields = Record<string, unknown>;

/** Puts the token of one session into requests, and tells it from what others put there (G2). */
export class AuthHeader {
  readonly #name: string;
  readonly #lowerName: string;
  readonly #prefix: string;
  readonly #secrets: Secrets;
  #last: { token: string; value: string };

  constructor(headerName: string, scheme: ResolvedOptions['scheme'], secrets: Secrets) {
    this.#name = headerName;
    this.#lowerName = headerName.toLowerCase();
    this.#prefix = scheme && `${scheme} `;
    this.#secrets = secrets;
    this.#last = { token: '', value: this.#prefix };
  }

  /** axios and fetch take `Authorization` away when a redirect leads to another host, and no other header. */
  get isStandard(): boolean {
    return this.#lowerName === 'authorization';
  }

  /**
   * True where the request has a header (or `auth`) of its own. A token of this session is ours, whoever
   * put it there; so is a value that only the defaults of the instance bring.
   */
  isOfOthers({ headers, auth, method }: InternalAxiosRequestConfig, defaults: object): boolean {
    if (auth && this.isStandard) return true;
    const value = ownValue(headers, this.#keyIn(headers));
    if (value == null) return false;
    return !this.isOurs(value) && !this.#isDefault(value, method, defaults);
  }

  /** A leftover interceptor or a saved config may hold an earlier token, with or without a scheme, or none: `Bearer null`. */
  isOurs(value: unknown): boolean {
    if (typeof value !== 'string') return false;
    const token = value.slice(value.lastIndexOf(' ') + 1);
    if (/^(?:|null|undefined|Bearer)$/.test(token)) return true;
    return value === this.#last.value || this.#secrets.hasHeld(token);
  }

  put({ headers }: InternalAxiosRequestConfig, token: string): void {
    if (this.#last.token !== token) this.#last = { token, value: this.#prefix + token };
    (headers as Fields)[this.#keyIn(headers)] = this.#last.value;
  }

  /** Takes away a token of ours, and leaves what others have set. */
  removeOurs(headers: object): void {
    const fields = headers as Fields;
    for (const key of this.#keysIn(fields)) if (this.isOurs(fields[key])) delete fields[key];
  }

  /** Takes the header away whatever it holds. */
  removeAny(headers: object): void {
    const fields = headers as Fields;
    for (const key of this.#keysIn(fields)) delete fields[key];
  }

  /** AxiosHeaders keep their fields as properties, under the name that they were first set with. */
  #keyIn(headers: object): string {
    const fields = headers as Fields;
    if (Object.hasOwn(fields, this.#name)) return this.#name;
    for (const key of Object.keys(fields)) {
      if (key.length === this.#name.length && key.toLowerCase() === this.#lowerName) return key;
    }
    return this.#name;
  }

  #keysIn(fields: Fields): string[] {
    return Object.keys(fields).filter((key) => key.toLowerCase() === this.#lowerName);
  }

  #isDefault(value: unknown, method: string | undefined, defaults: object): boolean {
    const { headers } = defaults as { headers?: Fields };
    return [headers, headers?.common, headers?.[method ?? 'get']].some(
      (bucket) => isRecord(bucket) && this.#keysIn(bucket).some((key) => bucket[key] === value),
    );
  }
}
