import axios, { AxiosHeaders, getAdapter } from 'axios';
import type {
  AxiosAdapter,
  AxiosRequestConfig,
  AxiosResponse,
  InternalAxiosRequestConfig,
} from 'axios';
import { isRecord } from '../util/values';

export type Adapter = AxiosRequestConfig['adapter'];

/** On the adapter of a config that describes a rejected request, and is none that could be sent again. */
export const DESCRIBES = Symbol('describes a rejected request');

/** What axios would call: an interceptor may have left no adapter at all. */
export const adapterFor = (adapter: Adapter, config: InternalAxiosRequestConfig): AxiosAdapter =>
  (getAdapter as GetAdapter)(adapter ?? axios.defaults.adapter, config);

/** Sends by an adapter, which stands in the config meanwhile. */
export function sendBy(
  adapter: Adapter,
  config: InternalAxiosRequestConfig,
): Promise<AxiosResponse> {
  config.adapter = adapter as NonNullable<Adapter>;
  const send = adapterFor(adapter, config);
  const { headers } = config as { headers: object };
  if (adapter === send || headers instanceof AxiosHeaders) return send(config);
  // Of a second copy of axios. Up to 1.8 a copy takes no headers of another one: so this adapter gets
  // headers of its own copy, and the answer has plain ones.
  config.headers = AxiosHeaders.from({ ...headers });
  const answered = (response: AxiosResponse | undefined): void => {
    config.headers = headers as Headers;
    if (response) response.headers = { ...(response.headers as object) };
  };
  return send(config).then(
    (response) => (answered(response), response),
    (error: unknown) => {
      answered((error as { response?: AxiosResponse } | undefined)?.response);
      throw error;
    },
  );
}

/** The second parameter (for the `fetch` of `config.env`) came with axios 1.12. */
type GetAdapter = (adapter: Adapter, config: InternalAxiosRequestConfig) => AxiosAdapter;

/** Which of the adapters of axios it is: each treats redirects in its own way. */
export type AdapterKind = 'http' | 'xhr' | 'fetch' | 'other';

export function kindOf(adapter: AxiosAdapter, config: InternalAxiosRequestConfig): AdapterKind {
  for (const name of ['http', 'xhr', 'fetch'] as const) {
    try {
      if (adapterFor(name, config) === adapter || getAdapter(name) === adapter) return name;
    } catch {
      // Not supported here.
    }
  }
  return 'other';
}

/** Its fetch is made of its XMLHttpRequest, and follows redirects as that does. */
export const isReactNative = (): boolean =>
  (globalThis as { navigator?: { product?: unknown } }).navigator?.product === 'ReactNative';

/** True where fetch can take the place of XHR, which cannot be kept from following redirects. */
export const canUseFetch = (): boolean => typeof fetch === 'function' && !isReactNative();

type Headers = InternalAxiosRequestConfig['headers'];

/** Another library may have put a plain object in place of the headers. Those of a second copy of axios stay. */
export const asHeaders = (headers: Headers): Headers =>
  typeof (headers as Partial<Headers> | undefined)?.getAccept === 'function'
    ? headers
    : AxiosHeaders.from(headers);

/**
 * The same request with a config and headers of its own, so that what an earlier attempt shows stays true
 * (G17). Everything is kept, also what other libraries put on a config.
 */
export function nextAttempt(
  sent: InternalAxiosRequestConfig,
  buffered: BufferedForm | undefined,
): InternalAxiosRequestConfig {
  const next = copyOf(sent);
  next.headers = buffered ? sent.headers.concat(buffered.headers) : copyOf(sent.headers);
  if (buffered) next.data = buffered.data;
  return next;
}

/**
 * The prototype is set on a plain object, and filled by a loop: V8 keeps an object that was created
 * without a prototype, as configs are, as a dictionary. That is four times as large, and a spread or
 * Object.assign of one takes more than twice as long.
 */
function copyOf<O extends object>(source: O): O {
  const copy = Object.setPrototypeOf({}, Object.getPrototypeOf(source) as object | null) as Fields;
  // axios gives a config this one hidden property; set first, it stays hidden.
  const hidden = Object.getOwnPropertyDescriptor(source, 'hasOwnProperty');
  if (hidden) Object.defineProperty(copy, 'hasOwnProperty', hidden);
  for (const key of Object.keys(source)) copy[key] = (source as Fields)[key];
  for (const key of Object.getOwnPropertySymbols(source)) copy[key] = (source as Fields)[key];
  return copy as O;
}

type Fields = Record<PropertyKey, unknown>;

/**
 * True for a one-shot body, which is gone once it was sent: Node and web streams, iterators, and the forms
 * of the form-data package, which are streams too (G18).
 */
export function isOneShot(data: unknown): boolean {
  if (!isRecord(data)) return false;
  return (
    typeof data.pipe === 'function' ||
    typeof data.getReader === 'function' ||
    Symbol.asyncIterator in data
  );
}

/** A form of the form-data package: a stream that can tell its bytes while it is unread. */
interface StreamingForm {
  getBuffer(): Uint8Array;
  getHeaders(): Record<string, string>;
}

/** What to send in place of a form that sending has emptied. */
export interface BufferedForm {
  data: Uint8Array;
  headers: Record<string, string>;
}

/** The bytes of a form of the form-data package that holds no stream; to be taken before it is sent. */
export function bufferForm(data: unknown): BufferedForm | undefined {
  if (!isRecord(data) || !('pipe' in data)) return undefined;
  const form = data as unknown as StreamingForm;
  try {
    return { headers: form.getHeaders(), data: form.getBuffer() };
  } catch {
    // It holds a stream, or is another one.
    return undefined;
  }
}
