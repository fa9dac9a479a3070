import './clock.mjs';
import Provider from 'oidc-provider';
import { createMemoryAdapter } from 'oidc-provider/lib/adapters/memory_adapter.js';
import { count, createCounts, serve, settings } from './process.mjs';

/** A certified OpenID Provider with its own login pages, rotation and reuse detection. */
await serve(async (issuer) => {
  const adapter = createMemoryAdapter();
  const provider = new Provider(issuer, {
    adapter,
    cookies: { keys: ['a key of no worth'] },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined,
        useGrantedResource: () => true,
        getResourceServerInfo: (_context, resource) => ({
          audience: resource,
          scope: 'read write',
          accessTokenFormat: 'opaque',
        }),
      },
    },
    rotateRefreshToken: true,
    scopes: ['openid', 'offline_access', 'read', 'write'],
    ttl: {
      AccessToken: settings.lifetime,
      ClientCredentials: settings.lifetime,
      AuthorizationCode: 60,
      Grant: 14 * 86_400,
      IdToken: 3600,
      Interaction: 3600,
      RefreshToken: 14 * 86_400,
      Session: 14 * 86_400,
    },
  });

  const counts = createCounts();
  provider.on('grant.success', (context) => {
    count(counts.granted, context.oidc.params.grant_type);
  });
  provider.on('grant.error', (context, error) => count(counts.refused, error.message));
  provider.on('grant.revoked', () => counts.revokedGrants++);

  const register = ({ id, secret, method, grants, redirectUri }) =>
    adapter('Client').upsert(id, {
      client_id: id,
      ...(secret !== undefined && { client_secret: secret }),
      token_endpoint_auth_method: method,
      grant_types: grants,
      response_types: grants.includes('authorization_code') ? ['code'] : [],
      redirect_uris: redirectUri ? [redirectUri] : [],
    });
  for (const client of settings.clients) await register(client);

  return { handler: provider.callback(), register, counts };
});
