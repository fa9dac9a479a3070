/** What providers answer to a refresh, and what follows from it (G11). */
export interface ProviderAnswer {
  provider: string;
  status: number;
  body: unknown;
  verdict: 'ends session' | 'misconfigured client' | 'transient';
  source: string;
}

const row = (
  provider: string,
  status: number,
  body: unknown,
  verdict: ProviderAnswer['verdict'],
  source: string,
): ProviderAnswer => ({ provider, status, body, verdict, source });

const oauth = (error: string, error_description?: string) => ({ error, error_description });
const strava = (resource: string, field: string) => ({
  message: 'Bad Request',
  errors: [{ resource, field, code: 'invalid' }],
});

const GITHUB = 'GitHub docs: troubleshooting OAuth app access token request errors';
const SLACK = 'Slack API reference: oauth.v2.access, oauth.v2.exchange, tooling.tokens.rotate';
const TWITCH = 'https://dev.twitch.tv/docs/authentication/refresh-tokens/';
const SALESFORCE = 'https://www.nango.dev/blog/salesforce-oauth-refresh-token-invalid-grant';
const DREEVE = 'https://github.com/dreeveapp/dreeve/issues';

export const PROVIDER_ANSWERS: readonly ProviderAnswer[] = [
  row('GitHub', 200, oauth('bad_refresh_token'), 'ends session', GITHUB),
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
    'https://github.com/HGData/mk-node-hubspot/issues/64',
  ),
  row('Twitch', 400, { status: 400, message: 'Invalid refresh token' }, 'ends session', TWITCH),
  row(
    'Twitch',
    403,
    { status: 403, message: 'invalid client secret' },
    'misconfigured client',
    'https://github.com/Radioh/ha_twitch_helix/issues/3',
  ),
  row('Strava', 400, strava('RefreshToken', 'refresh_token'), 'ends session', `${DREEVE}/1449`),
  row('Strava', 400, strava('Application', 'client_id'), 'misconfigured client', `${DREEVE}/372`),
  row(
    'Atlassian',
    403,
    oauth('unauthorized_client', 'refresh_token is invalid'),
    'ends session',
    'https://github.com/ParabolInc/parabol/issues/11849 (the description)',
  ),
  row(
    'RFC 6749',
    400,
    oauth('unauthorized_client', 'the grant type refresh_token is not allowed'),
    'misconfigured client',
    'RFC 6749 §5.2',
  ),
  row(
    'Google',
    400,
    oauth('invalid_grant', 'reauth related error (invalid_rapt)'),
    'ends session',
    'https://github.com/googleapis/google-auth-library-nodejs/issues/1961',
  ),
  row(
    'Entra ID',
    503,
    oauth('temporarily_unavailable', 'AADSTS90033: A transient error has occurred.'),
    'transient',
    'https://github.com/Azure/azure-sdk-for-python/issues/14241',
  ),
  row(
    'Keycloak',
    400,
    oauth('invalid_grant', 'Token is not active'),
    'ends session',
    'https://github.com/keycloak/keycloak/issues/39266',
  ),
  row(
    'Okta',
    400,
    oauth('invalid_grant', 'The refresh token is invalid or expired.'),
    'ends session',
    'https://github.com/okta/okta-react-native/issues/109',
  ),
  row(
    'Salesforce',
    400,
    oauth('invalid_grant', 'expired access/refresh token'),
    'ends session',
    SALESFORCE,
  ),
  row(
    'Salesforce',
    400,
    oauth('invalid_client', 'invalid client credentials'),
    'misconfigured client',
    SALESFORCE,
  ),
  row(
    'Salesforce',
    400,
    oauth('unknown_error', 'retry your request'),
    'transient',
    'https://github.com/amazon-connect/amazon-connect-salesforce-lambda/issues/43',
  ),
  row('anybody', 401, '', 'ends session', 'RFC 9110 §15.5.2: no body at all'),
];
