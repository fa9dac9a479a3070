import { oauth2Refresh, type OAuth2Options } from '../../src/oauth2/index';

const good = { clientId: 'client-1', tokenEndpoint: 'https://id.example.test/token' };
const make = (options: object): unknown => oauth2Refresh({ ...good, ...options });

function refusalOf(work: () => unknown): TypeError {
  try {
    work();
  } catch (error) {
    if (error instanceof TypeError) return error;
  }
  throw new Error('No TypeError was thrown.');
}

const NO_ENDPOINTS = [
  null,
  '',
  '/token',
  'id.example.test',
  5,
  'http://id.example.test/token',
  'http://127.0.0.1.example.test/token',
  'ftp://id.example.test/token',
  'ftp://localhost/token',
  'https://id.example.test/token#here',
  ['https://id.example.test/token'],
];
const NO_TEXTS = [null, '', [], [''], ['read', 5], 5, {}];

const WRONG: Record<keyof OAuth2Options, unknown[]> = {
  clientId: [undefined, null, '', 5],
  tokenEndpoint: NO_ENDPOINTS,
  revocationEndpoint: NO_ENDPOINTS,
  issuer: NO_ENDPOINTS,
  clientSecret: [null, '', 5],
  clientAuthentication: [null, '', 'basic', 'private_key_jwt'],
  grantType: [null, '', 'password', 'authorization_code'],
  scope: NO_TEXTS,
  resource: NO_TEXTS,
  extraParameters: [null, 'audience', { audience: 5 }, { audience: undefined }, { a: ['b'] }],
  allowInsecureHttp: [null, 'yes', 1],
};

const each = Object.entries(WRONG).flatMap(([name, values]) =>
  values.map((value) => ({ name, value })),
);

describe('options that cannot work', () => {
  test.each(each)('a TypeError names $name when it is $value', ({ name, value }) => {
    const { message } = refusalOf(() => make({ [name]: value }));
    expect(message).toContain('oauth2Refresh(options)');
    expect(message).toContain(`Option "${name}" must be `);
  });

  test('an unknown option is a TypeError that names it and those that there are', () => {
    const { message } = refusalOf(() => make({ client_id: 'client-1' }));
    expect(message).toContain('"client_id"');
    for (const name of Object.keys(WRONG)) expect(message).toContain(name);
  });

  test.each([undefined, null, 'https://id.example.test', 5])('%s is no options', (options) => {
    const { message } = refusalOf(() => oauth2Refresh(options as never));
    expect(message).toContain('clientId');
  });

  test('neither an endpoint nor an issuer is a TypeError that names both', () => {
    const { message } = refusalOf(() => oauth2Refresh({ clientId: 'client-1' }));
    expect(message).toContain('"tokenEndpoint"');
    expect(message).toContain('"issuer"');
  });

  test.each(['client_secret_basic', 'client_secret_post'])(
    '%s without a secret is a TypeError',
    (clientAuthentication) => {
      const { message } = refusalOf(() => make({ clientAuthentication }));
      expect(message).toContain('"clientSecret"');
      expect(message).toContain(clientAuthentication);
    },
  );

  test('the message lists what the option may be', () => {
    const { message } = refusalOf(() => make({ clientAuthentication: 'basic' }));
    expect(message).toContain('client_secret_basic, client_secret_post, none');
  });

  test('G34: the message quotes no value', () => {
    const { message } = refusalOf(() => make({ clientSecret: ['secret-1'] }));
    expect(message).not.toContain('secret-1');
  });
});

test.each<Partial<OAuth2Options>>([
  { grantType: 'refresh_token' },
  {},
  { issuer: 'https://id.example.test/tenant' },
  { tokenEndpoint: 'http://127.0.0.1:8080/token' },
  { tokenEndpoint: 'http://localhost/token' },
  { tokenEndpoint: 'http://[::1]/token' },
  { tokenEndpoint: 'http://id.example.test/token', allowInsecureHttp: true },
  { tokenEndpoint: 'https://id.example.test/token?tenant=1' },
  { scope: 'read', resource: ['https://a.example.test'], extraParameters: {} },
  { clientSecret: undefined as never, scope: undefined as never },
])('%j will do', (options) => {
  expect(() => make(options)).not.toThrow();
});
