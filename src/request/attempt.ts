import axios, { AxiosHeaders, getAdapter } from 'axios';
import type {
  AxiosAdapter,
  AxiosPromise,
  AxiosRequestConfig,
  InternalAxiosRequestConfig,
} from 'axios';
import type { Spare } from './body';

export type Adapter = AxiosRequestConfig['adapter'];

/** Sends one attempt with the adapter that the application chose, by name or as a function. */
export function sendWith(adapter: Adapter, config: InternalAxiosRequestConfig): AxiosPromise {
  return adapterFor(adapter, config)(config);
}

/** What axios would call: an interceptor may have left no adapter at all. */
export function adapterFor(adapter: Adapter, config: InternalAxiosRequestConfig): AxiosAdapter {
  const chosen = adapter ?? axios.defaults.adapter;
  return typeof chosen === 'function' ? chosen : (getAdapter as GetAdapter)(chosen, config);
}

/** The second parameter (for the `fetch` of `config.env`) came with axios 1.12. */
type GetAdapter = (adapter: Adapter, config: InternalAxiosRequestConfig) => AxiosAdapter;

type Headers = InternalAxiosRequestConfig['headers'];

/** Headers that another library has put a plain object in place of. Those of a second copy of axios stay. */
export const asHeaders = (headers: Headers): Headers =>
  typeof (headers as Partial<Headers> | undefined)?.concat === 'function'
    ? headers
    : AxiosHeaders.from(headers);

const DESCRIBES = Symbol('describes a rejected request');

/**
 * The adapter in the config of an AuthError, which describes a request and is none: its credentials
 * are taken out. A retry plugin that sends it again gets the same error, and nothing leaves.
 */
export const describing = (error: Error): AxiosAdapter =>
  Object.assign((): Promise<never> => Promise.reject(error), { [DESCRIBES]: true });

export const isDescription = (adapter: Adapter): boolean =>
  typeof adapter === 'function' && DESCRIBES in adapter;

/**
 * The same request with a config and headers of its own, so that what an earlier attempt shows stays
 * true (G17). Everything is kept, also what other libraries hang on a config.
 */
export function nextAttempt(
  sent: InternalAxiosRequestConfig,
  spare: Spare | undefined,
): InternalAxiosRequestConfig {
  const next = copyOf(sent);
  next.headers = spare ? sent.headers.concat(spare.headers) : copyOf(sent.headers);
  if (spare) next.data = spare.data;
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
