import axios from 'axios';
import type { AxiosInstance, CreateAxiosDefaults } from 'axios';
import { attachAuthInterceptors, memoryStore } from '../../src/index';
import type {
  AuthError,
  AuthOptions,
  AuthSession,
  SignedOutReason,
  TokenStore,
} from '../../src/index';
import { oauth2Refresh, type OAuth2Options } from '../../src/oauth2/index';
import { json, startServer, type Handler, type TestServer } from '../support/http-server';
import { onCleanUp } from '../support/rig';

/** A session at a server without a library, which answers as it is told. */
export interface BareSession {
  api: AxiosInstance;
  auth: AuthSession;
  store: TokenStore;
  onSignedOut: jest.Mock<void, [AuthError | null, SignedOutReason]>;
  /** What the logger got. */
  lines: unknown[][];
}

export interface BareOptions extends Partial<OAuth2Options> {
  axios?: CreateAxiosDefaults;
  options?: Partial<AuthOptions>;
}

export const TOKENS = { accessToken: 'access-token-0', refreshToken: 'refresh-token-0' };

/** Answers the requests in turn; after the last answer, it grants. */
export function startBareServer(...answers: Handler[]): Promise<TestServer> {
  return startServer((request, response, index) =>
    (answers[index] ?? grant)(request, response, index),
  );
}

/** Rotates: `access-token-1` and `refresh-token-1`, and so on. */
export const grant: Handler = (_request, response, index) => {
  json(response, 200, {
    access_token: `access-token-${index + 1}`,
    refresh_token: `refresh-token-${index + 1}`,
    token_type: 'Bearer',
    expires_in: 3600,
  });
};

/** An answer with this status and body; one that is no text is sent as JSON. */
export const answerWith =
  (status: number, body: unknown, headers: Record<string, string> = {}): Handler =>
  (_request, response) => {
    if (typeof body !== 'string') json(response, status, body, headers);
    else response.writeHead(status, { 'content-type': 'text/html', ...headers }).end(body);
  };

/** The error of RFC 6749 §5.2. */
export const refuseWith = (error: string, status = 400, headers = {}): Handler =>
  answerWith(status, { error, error_description: 'for a reason' }, headers);

/** A session that holds {@link TOKENS}, and asks for new ones at `/token`. */
export function openBareSession({ url }: { url: string }, given: BareOptions = {}): BareSession {
  const { axios: defaults, options, ...oauth2 } = given;
  const api = axios.create({ baseURL: 'https://api.example.test', ...defaults });
  const store = memoryStore(TOKENS) as TokenStore;
  const onSignedOut = jest.fn<void, [AuthError | null, SignedOutReason]>();
  const lines: unknown[][] = [];
  const note = (...line: unknown[]): void => void lines.push(line);
  const endpoints = 'issuer' in oauth2 ? {} : { tokenEndpoint: `${url}/token` };
  const auth = attachAuthInterceptors(api, {
    refresh: oauth2Refresh({ clientId: 'client-1', ...endpoints, ...oauth2 }),
    tokenStore: store,
    refreshRetries: 0,
    onSignedOut,
    logger: { debug: note, warn: note, error: note },
    ...options,
  });
  onCleanUp(() => {
    auth.detach();
  });
  return { api, auth, store, onSignedOut, lines };
}

/** The fields of a form, in order. */
export const fieldsOf = ({ body }: TestServer['requests'][number]): [string, string][] => [
  ...new URLSearchParams(body.toString()),
];

/** Callbacks are told after whoever waits: gives them their turn. */
export async function told(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
