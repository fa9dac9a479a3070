import { Axios, getAdapter } from 'axios';
import type {
  AxiosInstance,
  AxiosRequestConfig,
  AxiosResponse,
  InternalAxiosRequestConfig,
} from 'axios';
import { adapterFor, canUseFetch } from '../request/attempt';
import { unref } from '../util/time';

/** What one request to the auth server goes through. */
export interface Line {
  client: AxiosInstance;
  signal: AbortSignal;
}

/** How the application reaches other hosts; what it says to its own API stays out. */
const TRANSPORT: readonly string[] = [
  'adapter',
  'env',
  'httpAgent',
  'httpsAgent',
  'proxy',
  'timeout',
];

const transportOf = ({ defaults }: AxiosInstance): AxiosRequestConfig =>
  Object.fromEntries(Object.entries(defaults).filter(([name]) => TRANSPORT.includes(name)));

/** XHR follows every redirect, and the credentials go along: fetch is used in its place. */
const withoutXhr = (transport: AxiosRequestConfig): AxiosRequestConfig =>
  canUseFetch() && isXhr(transport) ? { ...transport, adapter: 'fetch' } : transport;

function isXhr(transport: AxiosRequestConfig): boolean {
  try {
    const adapter = adapterFor(transport.adapter, transport as InternalAxiosRequestConfig);
    return adapter === getAdapter('xhr');
  } catch {
    // There is no XHR, or no adapter of that name.
    return false;
  }
}

/**
 * One request to the auth server. Every answer resolves, and none is followed to another place: it carries
 * credentials (G3). No header, transform or parameter of the application goes along.
 */
async function exchange(
  { client, signal }: Line,
  request: { method: 'get' | 'post'; url: string; data?: string; headers?: Record<string, string> },
): Promise<AxiosResponse<unknown>> {
  const response = await new Axios(withoutXhr(transportOf(client))).request<unknown>({
    ...request,
    // Without the name of axios, which Firefox would ask a server of another origin for by CORS.
    headers: { Accept: 'application/json', 'User-Agent': false, ...request.headers },
    signal,
    maxRedirects: 0,
    fetchOptions: { redirect: 'manual' },
    validateStatus: () => true,
  });
  const { data, headers } = response;
  if (typeof data === 'string') response.data = parse(data, String(headers['content-type']));
  return response;
}

/** JSON (RFC 6749 §5.1), or a form where the server says so: GitHub answers that to some clients. */
function parse(text: string, contentType: string): unknown {
  if (contentType.startsWith('application/x-www-form-urlencoded')) {
    return Object.fromEntries(new URLSearchParams(text));
  }
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** How long the answer to a refresh is awaited by then, in milliseconds. */
const LAST_PATIENCE = 30_000;

/**
 * For a request that may have rotated the refresh token: when the renewal is over its answer still
 * counts, to be stored (after a timeout) or to be revoked (after a sign-out).
 */
export function patient({ client, signal }: Line): Line {
  if (signal.aborted) throw new Error('the renewal is over');
  const controller = new AbortController();
  signal.addEventListener('abort', () => {
    const abort = (): void => {
      controller.abort();
    };
    unref(setTimeout(abort, LAST_PATIENCE));
  });
  return { client, signal: controller.signal };
}

export const getJson = (line: Line, url: string): Promise<AxiosResponse<unknown>> =>
  exchange(line, { method: 'get', url });

/** No URLSearchParams until it is sent: that of React Native 0.76 has no `set`. */
export type Form = Record<string, string>;

export function postForm(
  line: Line,
  url: string,
  form: Form,
  headers: Record<string, string>,
  resources: readonly string[] = [],
): Promise<AxiosResponse<unknown>> {
  const encoded = new URLSearchParams(form);
  for (const resource of resources) encoded.append('resource', resource);
  return exchange(line, {
    method: 'post',
    url,
    data: encoded.toString(),
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
  });
}
