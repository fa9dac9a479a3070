import { authenticateClient, createHide } from '../../../src/oauth2/client-authentication';
import type { ClientAuthentication } from '../../../src/oauth2/options';

/** How the client is shown by default, or by this method. */
function shownBy(
  clientSecret: string | undefined,
  methods?: string[],
  clientAuthentication?: ClientAuthentication,
): unknown {
  const form = {};
  const headers = authenticateClient(
    {
      clientId: 'a',
      ...(clientSecret !== undefined && { clientSecret }),
      ...(clientAuthentication && { clientAuthentication }),
    },
    { token: '', revocation: undefined, methods },
    form,
  );
  return { headers, form };
}

const BASIC = { headers: { Authorization: `Basic ${btoa('a:s')}` }, form: {} };
const POST = { headers: {}, form: { client_id: 'a', client_secret: 's' } };
const NONE = { headers: {}, form: { client_id: 'a' } };

describe('how a client is shown', () => {
  it.each<[string, string[] | undefined, unknown]>([
    ['nothing', undefined, BASIC],
    ['the header', ['client_secret_basic'], BASIC],
    ['both', ['client_secret_post', 'client_secret_basic'], BASIC],
    ['the form alone', ['none', 'client_secret_post'], POST],
    ['neither', ['private_key_jwt'], BASIC],
    ['an empty list', [], BASIC],
  ])('with a secret, where the metadata list %s', (_, methods, expected) => {
    expect(shownBy('s', methods)).toStrictEqual(expected);
  });

  it.each<[string[] | undefined, ClientAuthentication | undefined]>([
    [undefined, undefined],
    [['client_secret_post'], undefined],
    [undefined, 'client_secret_basic'],
    [undefined, 'client_secret_post'],
  ])('by its name without a secret: the metadata list %j, the option is %s', (methods, option) => {
    expect(shownBy(undefined, methods, option)).toStrictEqual(NONE);
  });
});

describe('G34: what an auth server quotes', () => {
  it('is shown without the credentials, in each form that they are sent in', () => {
    const hide = createHide(
      { clientId: 'a', clientSecret: 's/1' },
      { accessToken: 't+1', refreshToken: 'w' },
    );
    expect(hide(`${btoa('a:s%2F1')} s/1 s%2F1 t+1 t%2B1`)).toBe(
      '[redacted] [redacted] [redacted] [redacted] [redacted]',
    );
  });

  it.each<[string, object]>([
    ['no tokens', {}],
    ['no access token', { accessToken: '' }],
    ['no refresh token', { accessToken: 'access-1', refreshToken: null }],
  ])('is shown as it is where there are none in it: %s', (_, tokens) => {
    const hide = createHide({ clientId: 'a' }, tokens);
    expect(hide('undefined, null and a')).toBe('undefined, null and a');
  });
});
