import { AxiosHeaders, isCancel } from 'axios';
import type {
  AxiosAdapter,
  AxiosRequestConfig,
  AxiosRequestTransformer,
  InternalAxiosRequestConfig,
} from 'axios';
import { AuthError } from '../errors';
import { isReactNative } from '../request/attempt';
import { Answer } from './answer';
import { classOf, type Given } from './given';

/** `fetchOptions` came to the types of axios with 1.8. */
interface Redirecting {
  fetchOptions?: RequestInit;
}
type Config = InternalAxiosRequestConfig & Redirecting;

/** One call of an attached `fetch`: its config for the gate, and each attempt that the gate makes. */
export class FetchCall {
  readonly #send: typeof fetch;
  readonly #given: Given;
  #answer: Answer | undefined;

  constructor(send: typeof fetch, given: Given) {
    this.#send = send;
    this.#given = given;
  }

  config(): AxiosRequestConfig {
    const { url, body, signal, redirect, skipAuth } = this.#given;
    const config: AxiosRequestConfig & Redirecting = {
      url,
      data: body,
      ...(signal && { signal }),
      ...(skipAuth !== undefined && { skipAuth }),
      // The gate looks here whether it has to keep `fetch` from following redirects.
      ...(redirect && !isReactNative() && { fetchOptions: { redirect } }),
      transformRequest: this.#putBack(),
      adapter: this.#attempt,
    };
    return config;
  }

  /** The answer as `fetch` gave it. */
  answered(): Response | undefined {
    this.#answer?.handOver();
    this.#release();
    return this.#answer?.response;
  }

  /** What to reject with: a cancellation looks as that of `fetch`. */
  failed(error: unknown): unknown {
    const { signal } = this.#given;
    this.#answer?.discard();
    this.#release();
    return isCancel(error) && signal?.aborted ? abortReason(signal) : error;
  }

  /** Puts back what the caller gave: axios lower-cases the method, and adds headers of its own. */
  #putBack(): AxiosRequestTransformer {
    const { method, headers } = this.#given;
    return function (data: unknown) {
      // In capitals it is none of those that axios adds a Content-Type for.
      this.method = method.toUpperCase();
      this.headers = new AxiosHeaders();
      headers.forEach((value, name) => this.headers.set(name, value));
      return data;
    };
  }

  /** The adapter. */
  readonly #attempt: AxiosAdapter = async (config: Config) => {
    // Nobody will read the answer of the attempt before.
    this.#answer?.discard();
    const answer = new Answer(await this.#fetch(config));
    this.#answer = answer;
    const { status, statusText, url } = answer.response;
    const request = { responseURL: url };
    const headers = answer.headers();
    return { data: await answer.body(), status, statusText, headers, config, request };
  };

  #fetch(config: Config): Promise<Response> {
    const { body, request, rest, signal } = this.#given;
    const init: RequestInit = { ...rest };
    const method = this.#methodOf(config);
    const redirect = this.#redirectOf(config);
    const data = config.data as BodyInit | null | undefined;
    if (!request) {
      if (redirect) init.redirect = redirect;
      if (signal !== undefined) init.signal = signal;
      if (data !== undefined) init.body = data;
      const headers = new Headers(this.#given.headers);
      adjust(headers, config.headers);
      return this.#send(config.url ?? '', { ...init, method, headers });
    }
    if (redirect && redirect !== request.redirect) init.redirect = redirect;
    if (method !== request.method) init.method = method;
    if (data !== body) init.body = data ?? null;
    let copy = request.clone();
    if (config.url !== request.url) copy = new (classOf(request))(config.url ?? '', copy);
    adjust(copy.headers, config.headers);
    if (Object.keys(init).length === 0) return this.#send(copy);
    // With an init, fetch forgets these two.
    const { referrer, referrerPolicy } = request;
    return this.#send(copy, { referrer, referrerPolicy, ...init });
  }

  #methodOf({ method }: Config): string {
    const { method: given } = this.#given;
    return method === undefined || method === given.toUpperCase() ? given : method;
  }

  #redirectOf({ fetchOptions }: Config): RequestRedirect | undefined {
    const { redirect } = this.#given;
    if (!fetchOptions?.redirect) return redirect;
    // The gate has put it there: React Native would follow redirects all the same.
    if (isReactNative()) throw cannotRefuse();
    return fetchOptions.redirect;
  }

  /** Frees the body of the Request that the copies were made of. */
  #release(): void {
    this.#given.request?.body?.cancel().catch(() => undefined);
  }
}

/** Makes headers what the gate and `onSend` want; what they have not changed stays as the caller spelled it. */
function adjust(headers: Headers, wanted: Config['headers']): void {
  const names: string[] = [];
  headers.forEach((_value, name) => names.push(name));
  for (const name of names) if (!wanted.has(name)) headers.delete(name);
  for (const [name, value] of Object.entries(wanted.toJSON(true))) {
    if (headers.get(name) !== value) headers.set(name, value);
  }
}

/** React Native has signals without a reason, and no DOMException. */
function abortReason({ reason }: AbortSignal): unknown {
  if (reason !== undefined) return reason;
  const message = 'This operation was aborted';
  return typeof DOMException === 'function'
    ? new DOMException(message, 'AbortError')
    : Object.assign(new Error(message), { name: 'AbortError' });
}

const cannotRefuse = (): AuthError =>
  new AuthError(
    'ERR_AUTH_CONFIG',
    'With a headerName of its own the token would follow a redirect to another host: the fetch of React ' +
      'Native cannot be kept from that. Set allowRedirects: true if the server never redirects to another ' +
      'host.',
  );
