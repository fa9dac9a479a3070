import { AuthError } from '../errors';
import { readRevocationAnswer, readTokenAnswer } from './answer';
import { authenticateClient, createHide } from './client-authentication';
import { createDiscovery } from './discovery';
import { patient, postForm, type Form, type Line } from './exchange';
import { checkOAuth2Options, type OAuth2Options } from './options';
import type { Refresh } from '../options';
import type { TokenResponse, Tokens } from '../tokens';

export type { ClientAuthentication, OAuth2Options } from './options';

/** What {@link oauth2Refresh} gives: for the option `refresh`, and nothing else is to be done. */
export type OAuth2Refresh<T extends Tokens = Tokens> = Refresh<T> &
  Required<Pick<Refresh<T>, 'revoke'>>;

/**
 * Makes the option `refresh` for an auth server that speaks OAuth 2.0 or OpenID Connect: the refresh
 * token grant (RFC 6749 §6), or the client credentials grant (§4.4). `signOut()` then revokes the
 * tokens where the auth server has an endpoint for it (RFC 7009).
 *
 * A refusal (400, 401, 403, or an error that comes with 200) ends the session. A wrong configuration
 * (`invalid_client` …) rejects with `ERR_AUTH_CONFIG` and keeps the tokens; `temporarily_unavailable`,
 * 429 and 5xx are tried again.
 *
 * @throws TypeError for options that cannot work, naming the option
 * @example
 * attachAuthInterceptors(api, {
 *   tokenStore: webStorageStore(() => localStorage),
 *   refresh: oauth2Refresh({ issuer: 'https://id.example.com', clientId: 'web' }),
 * });
 */
export function oauth2Refresh<T extends Tokens = Tokens>(options: OAuth2Options): OAuth2Refresh<T> {
  checkOAuth2Options(options);
  const { grantType = 'refresh_token', scope, resource, extraParameters } = options;
  const startsAlone = grantType === 'client_credentials';
  const endpoints = createDiscovery(options);

  function tokenForm(refreshToken: string | undefined): Form {
    const form: Form = { ...extraParameters, grant_type: grantType };
    if (!startsAlone) form.refresh_token = refreshToken ?? '';
    if (scope !== undefined) form.scope = [scope].flat().join(' ');
    return form;
  }

  async function refresh(tokens: T | null, line: Line): Promise<TokenResponse<T>> {
    if (!startsAlone && !tokens?.refreshToken) {
      throw new AuthError(
        'ERR_AUTH_SESSION_EXPIRED',
        'there is no refresh token: many servers give one only for the scope offline_access',
      );
    }
    const found = await endpoints(line);
    const form = tokenForm(tokens?.refreshToken ?? undefined);
    const headers = authenticateClient(options, found, form);
    return readTokenAnswer<T>(
      await postForm(patient(line), found.token, form, headers, [resource ?? []].flat()),
      createHide(options, tokens ?? {}),
    );
  }

  /** The refresh token where there is one: the server ends what was made from it, too (RFC 7009 §2.1). */
  async function revoke(tokens: T | null, line: Line): Promise<void> {
    if (!tokens) return;
    const found = await endpoints(line);
    if (found.revocation === undefined) return;
    const { accessToken, refreshToken } = tokens;
    const form: Form = {
      token: refreshToken ?? accessToken,
      token_type_hint: refreshToken ? 'refresh_token' : 'access_token',
    };
    const headers = authenticateClient(options, found, form);
    readRevocationAnswer(
      await postForm(line, found.revocation, form, headers),
      createHide(options, tokens),
    );
  }

  return Object.assign(refresh, { revoke, startsAlone });
}
