import { json, startServer } from '../support/http-server';
import type { AuthorizationServer } from './authorization-server';

/** An API that asks the authorization server about every token (RFC 7662). */
export interface ResourceServer {
  url: string;
  /** The access token of each request, in order of arrival. */
  tokens: (string | undefined)[];
}

/** Answers 401 with the challenge of RFC 6750 §3 to whatever is not active. */
export async function startResourceServer(server: AuthorizationServer): Promise<ResourceServer> {
  const tokens: ResourceServer['tokens'] = [];
  const { url } = await startServer(async ({ url: path, headers }, response) => {
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
    tokens.push(token);
    if (token === undefined) {
      json(response, 401, {}, { 'www-authenticate': 'Bearer realm="api"' });
      return;
    }
    try {
      const { active, client_id } = await server.introspect(token);
      const challenge = 'Bearer realm="api", error="invalid_token"';
      if (active) json(response, 200, { path, client: client_id });
      else json(response, 401, {}, { 'www-authenticate': challenge });
    } catch (error) {
      json(response, 502, { message: String(error) });
    }
  });
  return { url, tokens };
}
