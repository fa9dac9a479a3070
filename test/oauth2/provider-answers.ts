/** What providers answer to a refresh, and what follows from it (G11, G13). */
export interface ProviderAnswer {
  provider: string;
  status: number;
  body: unknown;
  verdict: 'ends session' | 'misconfigured client' | 'transient' | 'tokens';
  /** Where it was seen; `reported shape` is what is told of it, without an answer of the server to show. */
  source: string;
  /** Of a body that is a string, and where a server names JSON another way. */
  contentType: string;
}

const JSON_TYPE = 'application/json';
const FORM = 'application/x-www-form-urlencoded; charset=utf-8';

const row = (
  provider: string,
  status: number,
  body: unknown,
  verdict: ProviderAnswer['verdict'],
  source: string,
  contentType = JSON_TYPE,
): ProviderAnswer => ({ provider, status, body, verdict, source, contentType });

const oauth = (error: string, error_description?: string, more?: object) => ({
  error,
  ...(error_description && { error_description }),
  ...more,
});
const strava = (resource: string, field: string) => ({
  message: 'Bad Request',
  errors: [{ resource, field, code: 'invalid' }],
});
/** Every error of Entra ID brings these as well. */
const entra = (error: string, code: number, text: string, suberror?: string) =>
  oauth(error, `AADSTS${code}: ${text}\r\nTrace ID: 1-2-3\r\nTimestamp: 2024-07-15 11:14:02Z`, {
    error_codes: [code],
    timestamp: '2024-07-15 11:14:02Z',
    trace_id: '1-2-3',
    correlation_id: '4-5-6',
    error_uri: `https://login.microsoftonline.com/error?code=${code}`,
    ...(suberror && { suberror }),
  });
const granted = (more: object) => ({ access_token: 'new-access', refresh_token: 'next', ...more });

const ENTRA_TYPE = 'application/json; charset=utf-8';
const SALESFORCE_TYPE = 'application/json;charset=UTF-8';

const GITHUB = 'GitHub docs: troubleshooting OAuth app access token request errors';
const GITHUB_REFRESH = 'GitHub docs: refreshing user access tokens';
const SLACK = 'Slack API reference: oauth.v2.access, oauth.v2.exchange, tooling.tokens.rotate';
const TWITCH = 'https://dev.twitch.tv/docs/authentication/refresh-tokens/';
const SALESFORCE = 'https://www.nango.dev/blog/salesforce-oauth-refresh-token-invalid-grant';
const DREEVE = 'https://github.com/dreeveapp/dreeve/issues';
const GITHUB_COM = 'https://github.com';
const REPORTED = 'reported shape';

export const PROVIDER_ANSWERS: readonly ProviderAnswer[] = [
  row(
    'Auth0',
    403,
    oauth('invalid_grant', 'Unknown or invalid refresh token.'),
    'ends session',
    `${GITHUB_COM}/auth0/Auth0.swift/issues/819 (the body; the status: ${REPORTED})`,
  ),
  row(
    'Auth0',
    401,
    oauth('access_denied', 'Unauthorized'),
    'misconfigured client',
    `${GITHUB_COM}/auth0-samples/auth0-angular-samples/issues/201, ${GITHUB_COM}/auth0/node-auth0/issues/682`,
  ),
  row(
    'Auth0',
    403,
    oauth('access_denied', 'Access to the shop is not allowed.'),
    'ends session',
    `Auth0 docs: post-login trigger, api.access.deny (runs for a refresh, too; the answer: ${REPORTED})`,
  ),
  row(
    'Auth0',
    429,
    {
      statusCode: 429,
      error: 'Too Many Requests',
      message: 'Global limit has been reached',
      errorCode: 'too_many_requests',
    },
    'transient',
    `${GITHUB_COM}/auth0-extensions/auth0-reset-tenant/issues/31 (its management API)`,
  ),
  row(
    'Okta',
    400,
    oauth('invalid_grant', 'The refresh token is invalid or expired.'),
    'ends session',
    `Okta support: refresh token invalid or expired error; ${GITHUB_COM}/okta/okta-react-native/issues/109`,
  ),
  row(
    'Okta',
    401,
    oauth('invalid_client', 'The client secret supplied for a confidential client is invalid.'),
    'misconfigured client',
    REPORTED,
  ),
  row(
    'Okta',
    400,
    { errorCode: 'invalid_client', errorSummary: "Invalid value for 'client_id' parameter." },
    'misconfigured client',
    `${REPORTED}: public code that calls Okta reads it so, with 400 and with 401`,
  ),
  row(
    'Okta',
    429,
    {
      errorCode: 'E0000047',
      errorSummary: 'API call exceeded rate limit due to too many requests.',
    },
    'transient',
    REPORTED,
  ),
  row(
    'Keycloak',
    400,
    oauth('invalid_grant', 'Token is not active'),
    'ends session',
    `${GITHUB_COM}/keycloak/keycloak/issues/39266`,
  ),
  row(
    'Keycloak',
    400,
    oauth('invalid_grant', 'Session not active'),
    'ends session',
    `${GITHUB_COM}/fa-fifi/keycloak_wrapper/issues/57`,
  ),
  row(
    'Keycloak',
    401,
    oauth('unauthorized_client', 'Invalid client or Invalid client credentials'),
    'misconfigured client',
    `${GITHUB_COM}/Stirling-Tools/Stirling-PDF/issues/6567`,
  ),
  row(
    'Keycloak',
    403,
    oauth('unauthorized_client', 'Invalid client secret'),
    'misconfigured client',
    `${GITHUB_COM}/code-specialist/fastapi-keycloak/issues/65 (an older version)`,
  ),
  row(
    'Cognito',
    400,
    oauth('invalid_grant'),
    'ends session',
    `AWS docs: the token endpoint (names the code; the status: ${REPORTED})`,
  ),
  row(
    'Cognito',
    400,
    oauth('invalid_client'),
    'misconfigured client',
    `AWS docs: the token endpoint (names the code; the status: ${REPORTED})`,
  ),
  row(
    'Cognito',
    400,
    { __type: 'NotAuthorizedException', message: 'Invalid Refresh Token.' },
    'ends session',
    `${GITHUB_COM}/aws/aws-sdk-cpp/issues/1789 (its own API, behind which a token endpoint may stand)`,
    'application/x-amz-json-1.1',
  ),
  row(
    'Cognito',
    400,
    { __type: 'TooManyRequestsException', message: 'Rate exceeded' },
    'transient',
    REPORTED,
    'application/x-amz-json-1.1',
  ),
  row(
    'Entra ID',
    400,
    entra('invalid_grant', 700082, 'The refresh token has expired due to inactivity.'),
    'ends session',
    `${GITHUB_COM}/Azure/azure-cli/issues/14244, ${GITHUB_COM}/blobfile/blobfile/issues/93 (common)`,
    ENTRA_TYPE,
  ),
  row(
    'Entra ID',
    400,
    entra('invalid_grant', 50173, 'The provided grant has expired due to it being revoked.'),
    'ends session',
    `${GITHUB_COM}/Azure/azure-cli/issues/16745`,
    ENTRA_TYPE,
  ),
  row(
    'Entra ID',
    400,
    entra(
      'invalid_grant',
      65001,
      "The user or administrator has not consented to use the application with ID '7'.",
      'consent_required',
    ),
    'ends session',
    `${GITHUB_COM}/O365/python-o365/issues/323 (common; the status: ${REPORTED})`,
    ENTRA_TYPE,
  ),
  row(
    'Entra ID',
    400,
    entra('invalid_grant', 50076, 'You must use multi-factor authentication.', 'basic_action'),
    'ends session',
    `${GITHUB_COM}/microsoftgraph/microsoft-graph-docs/issues/6311 (the status: ${REPORTED})`,
    ENTRA_TYPE,
  ),
  row(
    'Entra ID',
    400,
    entra('interaction_required', 50079, 'You must enroll in multi-factor authentication.'),
    'ends session',
    `${GITHUB_COM}/AzureAD/azure-activedirectory-library-for-nodejs/issues/151`,
    ENTRA_TYPE,
  ),
  row(
    'Entra ID',
    401,
    entra('invalid_client', 7000215, 'Invalid client secret provided.'),
    'misconfigured client',
    `${GITHUB_COM}/keycloak/keycloak/issues/31294 (common)`,
    ENTRA_TYPE,
  ),
  row(
    'Entra ID',
    400,
    entra(
      'invalid_request',
      50194,
      'The application is not configured as a multi-tenant application. Usage of the /common endpoint is not supported.',
    ),
    'misconfigured client',
    `${REPORTED} (common)`,
    ENTRA_TYPE,
  ),
  row(
    'Entra ID',
    503,
    entra('temporarily_unavailable', 90033, 'A transient error has occurred.'),
    'transient',
    `${GITHUB_COM}/Azure/azure-sdk-for-python/issues/14241`,
    ENTRA_TYPE,
  ),
  row(
    'Google',
    400,
    oauth('invalid_grant', 'Token has been expired or revoked.'),
    'ends session',
    `${GITHUB_COM}/AppleIdLoginHelper/LoginHelper/issues/8`,
    'application/json; charset=utf-8',
  ),
  row(
    'Google',
    400,
    oauth('invalid_grant', 'reauth related error (invalid_rapt)', {
      error_uri: 'https://support.google.com/a/answer/9368756',
      error_subtype: 'invalid_rapt',
    }),
    'ends session',
    `${GITHUB_COM}/anthropics/blobfile/pull/2 (the subtype: Google Cloud docs)`,
    'application/json; charset=utf-8',
  ),
  row(
    'Google',
    401,
    oauth('invalid_client', 'The OAuth client was not found.'),
    'misconfigured client',
    REPORTED,
  ),
  row(
    'Google',
    401,
    oauth('deleted_client', 'The OAuth client was deleted.'),
    'misconfigured client',
    REPORTED,
  ),
  row(
    'Google',
    403,
    oauth('rate_limit_exceeded', 'Rate Limit Exceeded'),
    'transient',
    `${GITHUB_COM}/Stekeblad/Stekeblads-Video-Uploader/issues/50 (the code, on the sign-in page); for a refresh: ${REPORTED}`,
  ),
  row(
    'Salesforce',
    400,
    oauth('invalid_grant', 'expired access/refresh token'),
    'ends session',
    'Salesforce help: OAuth 2.0 authorization errors (the body)',
    SALESFORCE_TYPE,
  ),
  row(
    'Salesforce',
    400,
    oauth('invalid_grant', 'inactive user'),
    'ends session',
    `${GITHUB_COM}/restforce/restforce/issues/303 (the status: ${REPORTED})`,
    SALESFORCE_TYPE,
  ),
  row(
    'Salesforce',
    400,
    oauth('inactive_user', 'user is inactive'),
    'ends session',
    REPORTED,
    SALESFORCE_TYPE,
  ),
  row(
    'Salesforce',
    400,
    oauth('invalid_client_id', 'client identifier invalid'),
    'misconfigured client',
    REPORTED,
    SALESFORCE_TYPE,
  ),
  row(
    'Salesforce',
    400,
    oauth('invalid_client', 'invalid client credentials'),
    'misconfigured client',
    SALESFORCE,
    SALESFORCE_TYPE,
  ),
  row(
    'Salesforce',
    400,
    oauth('unknown_error', 'retry your request'),
    'transient',
    `${GITHUB_COM}/amazon-connect/amazon-connect-salesforce-lambda/issues/43`,
    SALESFORCE_TYPE,
  ),
  row(
    'Atlassian',
    403,
    oauth('unauthorized_client', 'refresh_token is invalid'),
    'ends session',
    `${GITHUB_COM}/raycast/extensions/issues/11836, ${GITHUB_COM}/ParabolInc/parabol/issues/11849`,
  ),
  row(
    'Atlassian',
    403,
    oauth('invalid_grant', 'Unknown or invalid refresh token.'),
    'ends session',
    'Atlassian docs: OAuth 2.0 (3LO) apps, frequently asked questions',
  ),
  row('GitHub', 200, oauth('bad_refresh_token'), 'ends session', GITHUB),
  row(
    'GitHub',
    200,
    'error=bad_refresh_token&error_description=The+refresh+token+passed+is+incorrect+or+expired.',
    'ends session',
    `${GITHUB} (as a form: ${REPORTED})`,
    FORM,
  ),
  row('GitHub', 200, oauth('incorrect_client_credentials'), 'misconfigured client', GITHUB),
  row('Slack', 200, { ok: false, ...oauth('invalid_refresh_token') }, 'ends session', SLACK),
  row('Slack', 200, { ok: false, ...oauth('bad_client_secret') }, 'misconfigured client', SLACK),
  row('Slack', 200, { ok: false, ...oauth('internal_error') }, 'transient', SLACK),
  row('Slack', 200, { ok: false, ...oauth('fatal_error') }, 'transient', SLACK),
  row(
    'HubSpot',
    400,
    { status: 'BAD_REFRESH_TOKEN', message: 'missing or invalid refresh token' },
    'ends session',
    `${GITHUB_COM}/HGData/mk-node-hubspot/issues/64`,
  ),
  row('Twitch', 400, { status: 400, message: 'Invalid refresh token' }, 'ends session', TWITCH),
  row(
    'Twitch',
    403,
    { status: 403, message: 'invalid client secret' },
    'misconfigured client',
    `${GITHUB_COM}/Radioh/ha_twitch_helix/issues/3`,
  ),
  row('Strava', 400, strava('RefreshToken', 'refresh_token'), 'ends session', `${DREEVE}/1449`),
  row('Strava', 400, strava('Application', 'client_id'), 'misconfigured client', `${DREEVE}/372`),
  row(
    'any other',
    400,
    oauth('unauthorized_client', 'the grant type refresh_token is not allowed'),
    'misconfigured client',
    'RFC 6749 §5.2',
  ),
  row('any other', 401, '', 'ends session', 'RFC 9110 §15.5.2: no body at all', 'text/html'),
  row(
    'any other',
    502,
    '<h1>Bad Gateway</h1>',
    'transient',
    'RFC 9110 §15.6.3: a page of a proxy',
    'text/html',
  ),
  row(
    'Entra ID (v1)',
    200,
    granted({ token_type: 'Bearer', expires_in: '3599', expires_on: '1757300000', resource: '00' }),
    'tokens',
    REPORTED,
    ENTRA_TYPE,
  ),
  row(
    'Apigee',
    200,
    granted({
      token_type: 'BearerToken',
      expires_in: '86399',
      issued_at: '1704950669618',
      scope: '',
    }),
    'tokens',
    'SAP and Apigee docs: non-RFC-compliant behavior of the OAuthV2 policy',
  ),
  row(
    'Slack',
    200,
    granted({ ok: true, token_type: 'bot', expires_in: 43200, scope: 'chat:write', team: {} }),
    'tokens',
    'the type OAuthV2TokenRefreshResponse of @slack/oauth',
  ),
  row(
    'Twitch',
    200,
    granted({ token_type: 'bearer', expires_in: 14124, scope: ['chat:edit', 'chat:read'] }),
    'tokens',
    TWITCH,
  ),
  row(
    'Strava',
    200,
    granted({ token_type: 'Bearer', expires_in: 20566, expires_at: 1568775134 }),
    'tokens',
    `${REPORTED}: expires_at is in seconds`,
  ),
  row(
    'GitHub',
    200,
    'access_token=new-access&expires_in=28800&refresh_token=next&refresh_token_expires_in=15811200&scope=&token_type=bearer',
    'tokens',
    GITHUB_REFRESH,
    FORM,
  ),
  row(
    'any other',
    200,
    granted({ token_type: 'BEARER', expires_in: 3600 }),
    'tokens',
    'RFC 6749 §5.1: the type is read without regard to case',
  ),
  row('any other', 200, granted({ expires_in: 3600 }), 'tokens', `${REPORTED}: no token_type`),
  row(
    'any other',
    201,
    JSON.stringify(granted({ token_type: 'Bearer', expires_in: 3600 })),
    'tokens',
    `${REPORTED}: JSON that is called a page`,
    'text/html',
  ),
];
