import type { Tokens } from '../tokens';
import type { Endpoints } from './discovery';
import type { Form } from './exchange';
import type { ClientAuthentication, OAuth2Options } from './options';

/**
 * Puts the credentials of the client into a request (RFC 6749 §2.3.1).
 *
 * @returns the headers that go with the form
 */
export function authenticateClient(
  options: OAuth2Options,
  { methods }: Endpoints,
  form: Form,
): Record<string, string> {
  const { clientId, clientSecret } = options;
  // Without a secret the client names itself, whatever the method.
  const method = options.clientAuthentication ?? defaultMethod(methods);
  if (method === 'client_secret_basic' && clientSecret !== undefined) {
    return { Authorization: `Basic ${basic(clientId, clientSecret)}` };
  }
  form.client_id = clientId;
  if (method === 'client_secret_post' && clientSecret !== undefined) {
    form.client_secret = clientSecret;
  }
  return {};
}

/** Every server must know `client_secret_basic` (RFC 6749 §2.3.1), and some do not. */
function defaultMethod(methods: readonly unknown[] | undefined): ClientAuthentication {
  const isRuledOut = methods && !methods.includes('client_secret_basic');
  return isRuledOut && methods.includes('client_secret_post')
    ? 'client_secret_post'
    : 'client_secret_basic';
}

/** Takes the credentials of the client out of a text. */
export type Hide = (text: string) => string;

/** In each form that they are sent in: a server may quote the request that it refuses. */
export function createHide(
  { clientId, clientSecret }: OAuth2Options,
  { accessToken, refreshToken }: Partial<Tokens>,
): Hide {
  const client = clientSecret ? [basic(clientId, clientSecret), clientSecret] : [];
  const secrets = [...client, accessToken, refreshToken].filter(
    (secret): secret is string => typeof secret === 'string',
  );
  const forms = [...secrets, ...secrets.map(formEncoded)].filter((form) => form !== '');
  return (text) => forms.reduce((hidden, form) => hidden.replaceAll(form, '[redacted]'), text);
}

const basic = (id: string, secret: string): string =>
  btoa(`${formEncoded(id)}:${formEncoded(secret)}`);

/** RFC 6749 appendix B; what comes out is ASCII, as `btoa` needs it. */
const formEncoded = (value: string): string =>
  new URLSearchParams({ _: value }).toString().slice(2);
