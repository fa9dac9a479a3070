import type { AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import type { Challenge } from './response/challenges';
import { isRecord, type Tokens } from './tokens';

/** Named like a credential, and none (RFC 6749 §7.1). */
const TOKEN_TYPE = /^token_?type$/i;

const REDACTED = '[redacted]';
const SECRET_NAME = /authorization|cookie|token|secret|password|api-?key/i;

/** What leads back to sockets, headers or caches of other requests, and says nothing of this one. */
const TRANSPORT =
  /^(?:adapter|transport|https?Agent|proxy|signal|cancelToken|env|lookup|beforeRedirect|response)$/;

/** How many credentials are remembered: enough for those that in-flight requests may carry. */
const REMEMBERED = 40;

/** Binary bodies up to this size are searched, and larger ones left out. */
const SEARCHED_BYTES = 65_536;

/** Knows the credentials of one session, and takes them out of whatever is shown to others (G34). */
export interface Redactor {
  remember(tokens: Tokens): void;
  /** True for an access token of this session, also one that was replaced since. */
  isAccessToken(value: string): boolean;
  text(text: string): string;
  error(cause: unknown): Error;
  challenge(challenge: Challenge): Challenge;
  config(config: InternalAxiosRequestConfig): InternalAxiosRequestConfig;
  response(response: AxiosResponse, config: InternalAxiosRequestConfig): AxiosResponse;
}

export function createRedactor(headerName: string): Redactor {
  const secrets = new Set<string>();
  const accessTokens = new Set<string>();
  /** The tokens as they were given last; whoever holds them may change them in place. */
  let latest: Tokens | undefined;
  let learned: Tokens | undefined;
  const isSecretName = (name: string): boolean =>
    SECRET_NAME.test(name) || name.toLowerCase() === headerName.toLowerCase();

  function learn(tokens: Tokens): void {
    if (isSame(tokens, learned)) return;
    learned = { ...tokens };
    for (const [name, value] of Object.entries(tokens)) {
      if (typeof value !== 'string' || value.length < 4 || !SECRET_NAME.test(name)) continue;
      if (TOKEN_TYPE.test(name)) continue;
      keep(secrets, value);
    }
    keep(accessTokens, tokens.accessToken);
  }

  function text(value: string): string {
    if (latest) learn(latest);
    let result = value;
    for (const secret of secrets) {
      for (const form of formsOf(secret)) result = result.replaceAll(form, REDACTED);
    }
    return result;
  }

  function clean(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return text(value);
    if (typeof value !== 'object' || value === null) return value;
    if (depth > 8) return undefined;
    if (Array.isArray(value)) return value.map((item) => clean(item, depth + 1));
    if (value instanceof FormData) return cleanForm(value);
    if (value instanceof URLSearchParams) return new URLSearchParams(text(String(value)));
    if (isHeaders(value)) return value.concat(cleanFields(value.toJSON(), depth));
    if (isPlain(value)) return cleanFields(value, depth);
    return isSearched(value) ? value : undefined;
  }

  function cleanForm(form: FormData): FormData {
    const copy = new FormData();
    // A file is left out: it cannot be searched without waiting for it.
    for (const [name, value] of form)
      if (typeof value === 'string') copy.append(text(name), text(value));
    return copy;
  }

  /** Bytes that were looked through, and hold no credential. */
  function isSearched(value: object): boolean {
    if (!(ArrayBuffer.isView(value) || value instanceof ArrayBuffer)) return false;
    if (value.byteLength > SEARCHED_BYTES) return false;
    const decoded = new TextDecoder().decode(value);
    return text(decoded) === decoded;
  }

  function cleanFields(fields: Record<string, unknown>, depth: number): Record<string, unknown> {
    const copy: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(fields)) {
      // The top level is axios' own vocabulary: `xsrfCookieName` names a cookie, it holds none.
      if (depth === 0 && TRANSPORT.test(key)) continue;
      const named =
        depth > 0 && isSecretName(key) && (isRecord(value) || typeof value === 'string');
      copy[key] = named ? REDACTED : clean(value, depth + 1);
    }
    return copy;
  }

  const config = (given: InternalAxiosRequestConfig): InternalAxiosRequestConfig =>
    cleanFields({ ...given }, 0) as unknown as InternalAxiosRequestConfig;

  return {
    remember(tokens) {
      latest = tokens;
      learn(tokens);
    },
    isAccessToken: (value) => accessTokens.has(value),
    text,
    error(cause) {
      const from = isRecord(cause) ? cause : { message: cause };
      const copy: Error & { code?: unknown; status?: unknown } = new Error(
        text(String(from.message)),
      );
      if (typeof from.name === 'string') copy.name = text(from.name);
      if (typeof from.code === 'string') copy.code = text(from.code);
      const status = isRecord(from.response) ? from.response.status : from.status;
      if (typeof status === 'number') copy.status = status;
      if (typeof from.stack === 'string') copy.stack = text(from.stack);
      return copy;
    },
    challenge: ({ scheme, params, token68 }) => ({
      scheme,
      params: clean(params, 0) as Challenge['params'],
      ...(token68 !== undefined && { token68: text(token68) }),
    }),
    config,
    response({ status, statusText, headers, data }, request) {
      return {
        status,
        statusText: clean(statusText, 1) as string,
        headers: clean(headers, 1) as AxiosResponse['headers'],
        data: clean(data, 1),
        config: request,
      };
    },
  };
}

/** As servers write it: plain, percent-encoded, in JSON, in JSON of PHP. */
function formsOf(secret: string): Set<string> {
  const inJson = JSON.stringify(secret).slice(1, -1);
  return new Set([secret, encodeURIComponent(secret), inJson, inJson.replaceAll('/', '\\/')]);
}

function isSame(tokens: Tokens, other: Tokens | undefined): boolean {
  if (tokens === other) return true;
  for (const key in tokens) if (tokens[key] !== other?.[key]) return false;
  return true;
}

function keep(values: Set<string>, value: string): void {
  values.delete(value);
  values.add(value);
  for (const oldest of values) {
    if (values.size <= REMEMBERED) break;
    values.delete(oldest);
  }
}

interface Headers {
  toJSON(): Record<string, unknown>;
  concat(fields: Record<string, unknown>): unknown;
}

function isHeaders(value: object): value is Headers {
  return 'toJSON' in value && 'concat' in value && 'setContentType' in value;
}

function isPlain(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
