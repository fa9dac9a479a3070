import { AxiosError } from 'axios';
import type { AxiosAdapter, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import type { Awaitable } from '../../src/index';

/** A request as it was handed to the adapter. */
export interface Handed {
  method: string;
  path: string;
  token: string | undefined;
  config: InternalAxiosRequestConfig;
}

export interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
  /** What the adapter says of the request, such as the URL that a redirect has led to. */
  request?: object;
}

export const OK: Answer = { status: 200, body: 'ok' };
export const EXPIRED: Answer = { status: 401, body: { code: 'TOKEN_EXPIRED' } };
export const REVOKED: Answer = { status: 401, body: { code: 'TOKEN_REVOKED' } };

export interface Answering {
  axios: { baseURL: string; adapter: AxiosAdapter };
  /** What was sent, in order. */
  sent: Handed[];
  /** The tokens of the requests to this path. */
  tokens(path: string): (string | undefined)[];
}

/** In place of a server, where no network is needed: an adapter function that gives these answers. */
export function answering(answer: (request: Handed) => Awaitable<Answer>): Answering {
  const sent: Handed[] = [];
  const adapter: AxiosAdapter = async (config) => {
    const authorization = config.headers.get('Authorization');
    const request: Handed = {
      method: (config.method ?? 'get').toUpperCase(),
      path: config.url ?? '',
      token: typeof authorization === 'string' ? authorization.replace('Bearer ', '') : undefined,
      config,
    };
    sent.push(request);
    const { status, body, headers = {}, ...rest } = await answer(request);
    const response: AxiosResponse = {
      data: body,
      status,
      statusText: '',
      headers,
      config,
      ...rest,
    };
    if (!config.validateStatus || config.validateStatus(status)) return response;
    const message = `Request failed with status code ${status}`;
    throw new AxiosError(message, AxiosError.ERR_BAD_REQUEST, config, null, response);
  };
  return {
    axios: { baseURL: 'https://api.example.com', adapter },
    sent,
    tokens: (path) => sent.filter((request) => request.path === path).map(({ token }) => token),
  };
}
