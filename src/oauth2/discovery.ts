import { AuthError } from '../errors';
import { isRecord } from '../util/values';
import { describeStatus, short, transient } from './answer';
import { getJson, type Line } from './exchange';
import { isEndpoint, type OAuth2Options } from './options';

/** Where to ask, and how. */
export interface Endpoints {
  token: string;
  revocation: string | undefined;
  /** The ways for a client to authenticate, where the metadata list them. */
  methods: readonly unknown[] | undefined;
}

/**
 * Finds the endpoints: from the options, else from the metadata of the issuer, which are read when
 * they are first needed and then kept.
 */
export function createDiscovery(options: OAuth2Options): (line: Line) => Promise<Endpoints> {
  const { tokenEndpoint, revocationEndpoint, issuer } = options;
  let known: Endpoints | undefined;
  if (tokenEndpoint !== undefined && issuer === undefined) {
    known = { token: tokenEndpoint, revocation: revocationEndpoint, methods: undefined };
  }

  async function discover(line: Line, from: string): Promise<Endpoints> {
    const metadata = await readMetadata(line, from);
    const endpoint = (name: string): string | undefined => {
      const url = metadata[name];
      if (url === undefined || isEndpoint(url, options.allowInsecureHttp)) return url as undefined;
      throw misconfigured(`${name} in the metadata of ${from} must be an https URL.`);
    };
    const methods = metadata.token_endpoint_auth_methods_supported;
    const token = tokenEndpoint ?? endpoint('token_endpoint');
    if (token === undefined) throw misconfigured(`The metadata of ${from} name no token_endpoint.`);
    return {
      token,
      revocation: revocationEndpoint ?? endpoint('revocation_endpoint'),
      methods: Array.isArray(methods) ? methods : undefined,
    };
  }

  return async (line) => (known ??= await discover(line, issuer ?? ''));
}

/** OpenID Connect Discovery 1.0 §4, else RFC 8414 §3. */
async function readMetadata(line: Line, issuer: string): Promise<Record<string, unknown>> {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  const addresses = [
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
  ];
  const found: string[] = [];
  for (const address of addresses) {
    const { status, data, headers } = await getJson(line, address);
    if (status === 200 && isRecord(data)) {
      // RFC 8414 §3.3: anything else may be the metadata of somebody else.
      if (data.issuer === issuer) return data;
      throw misconfigured(
        `The metadata of ${issuer} are those of ${short(String(data.issuer))}: give it as they do.`,
      );
    }
    const fault = transient(status, `${address} answered ${describeStatus(status)}`, headers);
    if (fault) throw fault;
    found.push(`${address}: ${describeStatus(status)}`);
  }
  throw misconfigured(`There are no metadata of ${issuer} (${found.join('; ')}).`);
}

const misconfigured = (message: string): AuthError =>
  new AuthError(
    'ERR_AUTH_CONFIG',
    `${message} Correct the option "issuer", or give "tokenEndpoint".`,
  );
