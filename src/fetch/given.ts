import { bytesOf } from '../response/peek-body';
import { isRecord } from '../util/values';

/** What the `init` of an attached `fetch` takes beside that of `fetch`. */
export interface AuthRequestInit extends RequestInit {
  /** Send this request without the token, and do not hold or replay it. */
  skipAuth?: boolean;
}

/** What a `fetch` was called with. */
export interface Given {
  url: string;
  method: string;
  headers: Headers;
  /** Not that of a Request. */
  body: BodyInit | null | undefined;
  signal: AbortSignal | null | undefined;
  redirect: RequestRedirect | undefined;
  skipAuth: boolean | undefined;
  /** What is left of the init: `credentials`, `cache`, and whatever a platform adds. */
  rest: RequestInit;
  /** Where a Request was given: input and init in one. It is copied for each attempt. */
  request: Request | undefined;
}

/**
 * Reads what a `fetch` was called with, in the turn of the call: what the caller changes later has no
 * influence. The init is read without its prototype: a polluted `Object.prototype` adds nothing (G3).
 *
 * @throws what `fetch` rejects with for an input or an init that it does not take
 */
export function readGiven(input: string | URL | Request, init?: AuthRequestInit): Given {
  const own = Object.assign(Object.create(null), init) as AuthRequestInit;
  const { body, headers, method, redirect, signal, skipAuth, ...rest } = own;
  const shared = { redirect, skipAuth, rest };
  if (isRequest(input) || isRequest(init)) {
    const request = join(input, init);
    const { url, method, signal, redirect } = request;
    const headers = new Headers(request.headers);
    return { ...shared, url, method, headers, body: undefined, signal, redirect, request };
  }
  return {
    ...shared,
    url: resolve(String(input)),
    method: method ?? 'GET',
    headers: new Headers(headers),
    body: copyOf(body),
    signal,
    request: undefined,
  };
}

/** Not by `instanceof`: a `fetch` of another package has a Request of its own. */
const isRequest = (value: unknown): value is Request =>
  isRecord(value) && typeof value.url === 'string' && typeof value.clone === 'function';

export const classOf = (request: Request): typeof Request => request.constructor as typeof Request;

/** As `fetch` does it: the body of a Request that is given is used up by the call. */
function join(input: string | URL | Request, init: RequestInit | undefined): Request {
  return new (classOf(isRequest(input) ? input : (init as Request)))(input, init);
}

/** Against the base of the document, which `<base href>` may have moved, as `fetch` does it. */
function resolve(url: string): string {
  const { baseURI } = (globalThis as { document?: { baseURI?: unknown } }).document ?? {};
  if (typeof baseURI !== 'string') return url;
  try {
    return new URL(url, baseURI).href;
  } catch {
    // `fetch` says what is wrong with it.
    return url;
  }
}

/**
 * `fetch` takes the bytes of a body in its call. A request that is held is sent later, so that what the
 * caller could still change is copied.
 */
function copyOf(body: BodyInit | null | undefined): BodyInit | null | undefined {
  const bytes = bytesOf(body);
  if (bytes) return bytes.slice();
  if (body instanceof URLSearchParams) return copyOfParams(body);
  // The FormData of React Native cannot be walked through.
  if (typeof FormData !== 'function' || !(body instanceof FormData) || !('forEach' in body)) {
    return body;
  }
  const copy = new FormData();
  body.forEach((value, name) => {
    copy.append(name, value);
  });
  return copy;
}

/** One by one: what the constructor of React Native makes of another URLSearchParams is not a copy. */
function copyOfParams(params: URLSearchParams): URLSearchParams {
  const copy = new URLSearchParams();
  for (const [name, value] of params) copy.append(name, value);
  return copy;
}
