import { AxiosHeaders } from 'axios';
import type { AxiosAdapter, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import { AuthError, isAuthError } from '../errors';
import type { Challenge } from '../response/challenges';
import { BODY_LIMIT, bytesOf } from '../response/peek-body';
import type { Secrets } from '../session/secrets';
import { isRecord, safely } from '../util/values';
import { DESCRIBES } from './attempt';

/** The answer that led to an error, with what was read of its body. */
export interface RefusedAnswer {
  response: AxiosResponse;
  text: string | undefined;
  challenge: Challenge | undefined;
}

/**
 * Turns an error of the session into the one of a request: with what an allow-list lets through of the
 * request and of its own answer (G34). Errors that are none of ours are left as they are.
 */
export function toRequestError(
  error: unknown,
  config: InternalAxiosRequestConfig,
  secrets: Secrets,
  answer?: RefusedAnswer,
): unknown {
  if (!isAuthError(error)) return error;
  const described = describeConfig(config, secrets);
  const mine = new AuthError(error.code, error.message, {
    cause: error.cause,
    config: described,
    response: answer && describeResponse(answer, described, secrets),
    challenge: safely(() => answer?.challenge && plainCopy(answer.challenge, secrets)),
  });
  // A retry plugin that sends the config again gets the same error, and nothing leaves.
  const rejecting: AxiosAdapter = () => Promise.reject(mine);
  described.adapter = Object.assign(rejecting, { [DESCRIBES]: true });
  return mine;
}

/** Method and URL; axios-cache-interceptor finds those who wait for the answer by `id` and `cache`. */
function describeConfig(
  config: InternalAxiosRequestConfig,
  secrets: Secrets,
): InternalAxiosRequestConfig {
  const { method, url, baseURL } = config;
  const { id, cache } = config as { id?: unknown; cache?: unknown };
  return {
    ...(method !== undefined && { method }),
    ...(url !== undefined && { url: secrets.plainUrl(url) }),
    ...(baseURL !== undefined && { baseURL: secrets.plainUrl(baseURL) }),
    ...(typeof id === 'string' && { id: secrets.remove(id) }),
    ...(cache !== undefined && { cache: describeCache(cache) }),
    headers: new AxiosHeaders(),
  };
}

/** What it asks for when a request was rejected: the rest may hold whole answers, as other caches have it. */
const describeCache = (cache: unknown): unknown =>
  isRecord(cache) && { methods: cache.methods, staleIfError: cache.staleIfError };

function describeResponse(
  { response, text }: RefusedAnswer,
  config: InternalAxiosRequestConfig,
  secrets: Secrets,
): AxiosResponse {
  const headers = new AxiosHeaders();
  const { statusText } = response as { statusText: unknown };
  const type: unknown = isRecord(response.headers) ? response.headers['content-type'] : undefined;
  if (typeof type === 'string') headers.set('content-type', secrets.remove(type));
  return {
    status: response.status,
    statusText: typeof statusText === 'string' ? secrets.remove(statusText) : '',
    headers,
    data: plainBody(response.data, text, secrets),
    config,
  };
}

/** In the form that the caller would have got it in; a stream, or a body that was not read, is left out. */
function plainBody(data: unknown, text: string | undefined, secrets: Secrets): unknown {
  if (text !== undefined) {
    if (typeof data === 'string') return secrets.remove(unescaped(text));
    const bytes = bytesOf(data);
    return bytes && bytes.length <= BODY_LIMIT
      ? encode(secrets.remove(unescaped(text)))
      : undefined;
  }
  return safely(() => {
    // An adapter gave it parsed.
    const prototype: unknown = Object.getPrototypeOf(data);
    const isPlain = Array.isArray(data) || prototype === null || prototype === Object.prototype;
    return isPlain ? plainCopy(data, secrets) : undefined;
  });
}

/** A copy without credentials, which may be among its values and its keys alike. */
const plainCopy = <D>(data: D, secrets: Secrets): D =>
  JSON.parse(secrets.remove(JSON.stringify(data))) as D;

/** In JSON, any letter of a credential may be escaped: in the text as well as in a part of it, a line of many. */
const unescaped = (text: string): string =>
  text.replace(/\\u[\da-f]{4}/gi, (escape) =>
    JSON.stringify(JSON.parse(`"${escape}"`)).slice(1, -1),
  );

const encode = (text: string): Uint8Array | undefined =>
  typeof TextEncoder === 'function' ? new TextEncoder().encode(text) : undefined;
