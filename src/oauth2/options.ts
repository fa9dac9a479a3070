import { aBoolean, checkOptions, type Check } from '../util/check-options';
import { isLoopback } from '../util/url';
import { isRecord } from '../util/values';

/** How the client authenticates at the auth server (RFC 6749 §2.3, RFC 7591 §2). */
export type ClientAuthentication = 'client_secret_basic' | 'client_secret_post' | 'none';

/** The options of {@link oauth2Refresh}: `clientId`, and `tokenEndpoint` or `issuer`. */
export interface OAuth2Options {
  clientId: string;
  /** The URL of the token endpoint (RFC 6749 §3.2). @default what the metadata of `issuer` say */
  tokenEndpoint?: string;
  /** Where `signOut()` revokes the tokens (RFC 7009). @default what the metadata of `issuer` say */
  revocationEndpoint?: string;
  /** Whose metadata name the endpoints (RFC 8414, OpenID Connect Discovery 1.0). Read once. */
  issuer?: string;
  /** For a client that can keep it: a service, never a browser or an app. */
  clientSecret?: string;
  /** @default 'client_secret_basic' with a secret, unless the metadata rule it out; else 'none' */
  clientAuthentication?: ClientAuthentication;
  /**
   * `client_credentials` (RFC 6749 §4.4) is for a service on its own account: nobody signs in, and
   * there is no refresh token.
   *
   * @default 'refresh_token'
   */
  grantType?: 'refresh_token' | 'client_credentials';
  /** The scope to ask for (RFC 6749 §3.3); on a refresh, no more than was granted. */
  scope?: string | readonly string[];
  /** The API that the token is for (RFC 8707). */
  resource?: string | readonly string[];
  /** What this auth server wants beside: `{ audience: 'https://api.example.com' }`. */
  extraParameters?: Readonly<Record<string, string>>;
  /** Talk to the auth server over plain http to hosts other than loopback. @default false */
  allowInsecureHttp?: boolean;
}

const METHODS: readonly unknown[] = [
  'client_secret_basic',
  'client_secret_post',
  'none',
] satisfies ClientAuthentication[];

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** True for a URL that may be sent credentials (RFC 6749 §3.2: TLS, and no fragment). */
export function isEndpoint(value: unknown, allowInsecureHttp: boolean | undefined): boolean {
  if (!isText(value)) return false;
  try {
    const { protocol, hostname, hash } = new URL(value);
    const isPlain = protocol === 'http:' && (allowInsecureHttp === true || isLoopback(hostname));
    return (isPlain || protocol === 'https:') && hash === '';
  } catch {
    return false;
  }
}

function createChecks(allowInsecureHttp: unknown): Record<keyof OAuth2Options, Check> {
  const endpoint: Check = [
    'an absolute https URL without a fragment (plain http to loopback only, or with allowInsecureHttp)',
    (value) => isEndpoint(value, allowInsecureHttp === true),
  ];
  const texts: Check = [
    'a string or an array of strings, none of them empty',
    (value) => isText(value) || (Array.isArray(value) && value.length > 0 && value.every(isText)),
  ];
  const text: Check = ['a string that is not empty', isText];
  return {
    clientId: text,
    tokenEndpoint: endpoint,
    revocationEndpoint: endpoint,
    issuer: endpoint,
    clientSecret: text,
    clientAuthentication: [METHODS.join(', '), (value) => METHODS.includes(value)],
    grantType: [
      "'refresh_token' or 'client_credentials'",
      (value) => value === 'refresh_token' || value === 'client_credentials',
    ],
    scope: texts,
    resource: texts,
    extraParameters: [
      'an object of strings',
      (value) =>
        isRecord(value) && Object.values(value).every((field) => typeof field === 'string'),
    ],
    allowInsecureHttp: aBoolean,
  };
}

/** @throws TypeError that names the option and says what it takes */
export function checkOAuth2Options(options: OAuth2Options): void {
  const where = 'oauth2Refresh(options)';
  const { allowInsecureHttp } = (isRecord(options) ? options : {}) as Partial<OAuth2Options>;
  checkOptions(where, options, createChecks(allowInsecureHttp), 'clientId');
  const { tokenEndpoint, issuer, clientSecret, clientAuthentication = 'none' } = options;
  if (!tokenEndpoint && !issuer) {
    throw new TypeError(`${where}: Option "tokenEndpoint" or "issuer" is needed.`);
  }
  if (clientAuthentication !== 'none' && !clientSecret) {
    throw new TypeError(`${where}: Option "clientSecret" is needed for ${clientAuthentication}.`);
  }
}
