import { isSessionToken } from './mirror';

/** What was seen of a value, as plain data. */
export type Seen = string | number | boolean | null | Seen[] | { [key: string]: Seen };

type Fields = Record<PropertyKey, unknown>;

/**
 * Turns what a caller, an interceptor or a transform can see into plain data, own properties deep. What
 * differs from run to run by its nature (ports, boundaries, times) gets a fixed name; the token of a session
 * is put apart. Objects that axios hands on from step to step say where they were seen first.
 */
export class Snapshots {
  readonly #replace: readonly [from: string | RegExp, to: string][];
  readonly #functions = new Map<unknown, string>();
  readonly #firstSeen = new Map<object, string>();
  readonly #bodies = new Map<object, string>();

  constructor(replace: readonly [from: string, to: string][]) {
    // In this order: the digits of a boundary may hold those of a port.
    this.#replace = [...BOUNDARIES, ...replace];
  }

  /** A stream is read by whoever takes it; what it held is told here. */
  noteBody(stream: object, text: string): void {
    this.#bodies.set(stream, text);
  }

  take(label: string, value: unknown): Seen {
    return this.#see(value, label, new Map());
  }

  text(text: string): string {
    return this.#replace.reduce<string>((plain, [from, to]) => plain.replaceAll(from, to), text);
  }

  #see(value: unknown, path: string, above: Map<object, string>): Seen {
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'boolean' || value === null) return value;
    if (typeof value === 'number') return Number.isFinite(value) ? value : `(${value})`;
    if (typeof value === 'function') return this.#nameOf(value);
    if (typeof value !== 'object')
      return `(${(value as symbol | undefined)?.toString() ?? 'undefined'})`;
    const earlier = above.get(value);
    if (earlier !== undefined) return `<the same as ${earlier}>`;
    above.set(value, path);
    return this.#seeObject(value, path, above);
  }

  #seeObject(value: object, path: string, above: Map<object, string>): Seen {
    const tag = Object.prototype.toString.call(value).slice(8, -1);
    const class_ = classOf(value);
    if (ArrayBuffer.isView(value)) {
      const { buffer, byteOffset, byteLength } = value;
      return this.#bytes(class_, Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength));
    }
    if (tag === 'ArrayBuffer') return this.#bytes(tag, Buffer.from(value as ArrayBuffer));
    if (Array.isArray(value)) {
      return value.map((entry, at) => this.#see(entry, `${path}[${at}]`, above));
    }
    const fields = value as Fields;
    if (tag === 'Date' || tag === 'RegExp' || tag === 'URLSearchParams' || tag === 'URL') {
      return `${tag} ${this.text((value as URL).toString())}`;
    }
    if (tag === 'FormData' && Symbol.iterator in value) {
      const entries = [...(value as FormData)].map((entry) => this.#see(entry, path, above));
      return { class: class_, entries };
    }
    if (tag === 'Blob' || tag === 'File') {
      const { size, type } = value as Blob;
      return { class: tag, size, type, body: this.#bodies.get(value) ?? '' };
    }
    if (tag === 'AbortSignal') return `AbortSignal, aborted: ${String(fields.aborted)}`;
    if (tag === 'AxiosHeaders') return this.#entity(value, path, this.#headers(value, class_));
    if (typeof fields.getReader === 'function' || typeof fields.pipe === 'function') {
      if (typeof fields.getHeader !== 'function') {
        return `${class_}, a stream: ${this.text(this.#bodies.get(value) ?? '')}`;
      }
    }
    if (typeof fields.setRequestHeader === 'function') return this.#xhr(value);
    if (tag === 'Request' || typeof fields.getHeader === 'function' || '_currentUrl' in value) {
      return this.#request(fields, class_);
    }
    if (class_ === 'CancelToken') return `CancelToken, asked: ${String('reason' in value)}`;
    if (OPAQUE.test(class_)) return `(${class_})`;
    const seen: Record<string, Seen> = { class: class_, ...this.#own(value, path, above) };
    if (value instanceof Error || tag === 'Error') {
      seen.class = `${class_}, an Error`;
      seen.stack = this.#stack(value, fields.stack);
      seen.asText = this.text((value as Error).toString());
    }
    const isEntity = 'headers' in value || 'config' in value;
    return isEntity ? this.#entity(value, path, seen) : seen;
  }

  #own(value: object, path: string, above: Map<object, string>): Record<string, Seen> {
    const seen: Record<string, Seen> = {};
    const order: string[] = [];
    for (const key of Reflect.ownKeys(value)) {
      const name = String(key);
      if (IGNORED.has(name)) continue;
      const field = (value as Fields)[key];
      if (/^authorization$/i.test(name) && isSessionToken(field)) {
        seen.token = field;
        continue;
      }
      const { enumerable = true } = Object.getOwnPropertyDescriptor(value, key) ?? {};
      const shown = enumerable ? name : `${name} (hidden)`;
      order.push(shown);
      seen[shown] =
        name === 'duration' ? `(${typeof field})` : this.#see(field, `${path}.${name}`, above);
    }
    seen.order = order.join(' ');
    return seen;
  }

  /** Where the same object was first seen in this run: at which step, and in what. */
  #entity(value: object, path: string, seen: Record<string, Seen>): Seen {
    const first = this.#firstSeen.get(value);
    if (first === undefined) this.#firstSeen.set(value, path);
    return first === undefined ? seen : { ...seen, is: first };
  }

  #headers(headers: object, class_: string): Record<string, Seen> {
    const token = Object.entries(headers).find(([, field]) => isSessionToken(field));
    return {
      class: class_,
      entries: Object.entries(headers)
        .filter(([, field]) => !isSessionToken(field))
        .map(([name, field]) => `${name}: ${this.text(String(field))} (${typeof field})`),
      ...(token && { token: token[1] as string }),
    };
  }

  /** Of a request of the platform only what is public, and settled by then. */
  #request(request: Fields, class_: string): Seen {
    const { method, url, path, _currentUrl, _options, redirect, credentials, mode, cache } =
      request;
    const headers =
      typeof request.getHeaders === 'function'
        ? (request as { getHeaders(): Fields }).getHeaders()
        : ((_options as Fields | undefined)?.headers ?? request.headers);
    const pairs = Symbol.iterator in Object(headers) ? [...(headers as Headers)] : undefined;
    const fields = Object.entries((pairs ? Object.fromEntries(pairs) : (headers ?? {})) as Fields);
    const known = { method, url: url ?? _currentUrl, path, redirect, credentials, mode, cache };
    const res = (request.res ?? {}) as Fields;
    return {
      class: class_,
      ...(this.take('', JSON.parse(JSON.stringify(known))) as object),
      headers: fields
        .filter(([, field]) => !isSessionToken(field))
        .map(([name, field]) => this.text(`${name}: ${String(field)}`)),
      responseUrl: this.text((res.responseUrl as string | undefined) ?? ''),
    };
  }

  #xhr(request: object): Seen {
    const { readyState, status, responseURL, responseType, timeout, withCredentials } =
      request as XMLHttpRequest;
    const url = this.text(responseURL);
    return {
      class: 'XMLHttpRequest',
      readyState,
      status,
      url,
      responseType,
      timeout,
      withCredentials,
    };
  }

  #bytes(class_: string, bytes: Buffer): Seen {
    return `${class_} of ${bytes.byteLength}: ${this.text(bytes.toString('latin1'))}`;
  }

  /**
   * Its first line, and whether it leads to the caller: the frames between are those of the library. In a
   * test, the errors of Node itself are of another realm, and axios adds no frames to them.
   */
  #stack(error: object, stack: unknown): Seen {
    const text = this.text(String(stack));
    const first = text.slice(0, text.search(/\n\s+at /) >>> 0);
    return error instanceof Error
      ? { first, leadsToTheCaller: text.includes('theCaller') }
      : { first };
  }

  #nameOf(value: object): string {
    const known = this.#functions.get(value);
    if (known !== undefined) return known;
    const { name } = value as { name: string };
    const same = [...this.#functions.values()].filter((other) => other.startsWith(`${name}()`));
    const label = `${name}() ${same.length ? `the ${same.length + 1}th` : ''}`.trim();
    this.#functions.set(value, label);
    return label;
  }
}

function classOf(value: object): string {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null) return '(no prototype)';
  return (prototype.constructor as { name?: string } | undefined)?.name ?? '(unknown)';
}

/** Sockets and agents hold the whole platform; an event of a page likewise. */
const OPAQUE =
  /^(Socket|TLSSocket|Agent|HttpAgent|HttpsAgent|Promise|ProgressEvent|Event|.*Session)$/;

/** The stack is looked at apart; sockets, also those of an agent, hold ports and what they have read so far. */
const IGNORED = new Set([
  'stack',
  'Symbol(causeStack)',
  'socket',
  'sockets',
  'freeSockets',
  'requests',
  'totalSocketCount',
]);

/** The forms of axios, of Node's fetch, of the form-data package and of jsdom. */
const BOUNDARIES: [RegExp, string][] = [
  [/axios-[\d.]+-boundary-[\w-]{25}/g, 'BOUNDARY'],
  [/-{4}formdata-undici-\d+/g, 'BOUNDARY'],
  [/-{4}formdata-jsdom-\w+/g, 'BOUNDARY'],
  [/-{4}WebKitFormBoundary\w+/g, 'BOUNDARY'],
  [/-{20,}[\da-f]{20,}/g, 'BOUNDARY'],
  [/axios-[\da-f]{36}/g, 'BOUNDARY'],
];
