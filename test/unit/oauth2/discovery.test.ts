import axios from 'axios';
import { createDiscovery } from '../../../src/oauth2/discovery';

const issuer = 'https://id.example.com/tenant';

/** A client of a server that answers each address with this status, and a page. */
function lineOf(status: number) {
  const asked: (string | undefined)[] = [];
  const client = axios.create({
    adapter: (config) => {
      asked.push(config.url);
      return Promise.resolve({ data: '<h1>No</h1>', status, statusText: '', headers: {}, config });
    },
  });
  return { client, signal: new AbortController().signal, asked };
}

const OIDC = `${issuer}/.well-known/openid-configuration`;
const OAUTH = 'https://id.example.com/.well-known/oauth-authorization-server/tenant';

test.each([
  [404, '404'],
  [200, '200'],
  [302, 'with a redirect, which is not followed'],
])(
  'where there are no metadata, the error says what both addresses answered (%i)',
  async (status, described) => {
    const line = lineOf(status);
    await expect(createDiscovery({ clientId: 'a', issuer })(line)).rejects.toMatchObject({
      code: 'ERR_AUTH_CONFIG',
      message:
        `There are no metadata of ${issuer} (${OIDC}: ${described}; ${OAUTH}: ${described}). ` +
        'Correct the option "issuer", or give "tokenEndpoint".',
    });
    expect(line.asked).toEqual([OIDC, OAUTH]);
  },
);

test('G10: of a server that cannot answer now the second address is not asked', async () => {
  const line = lineOf(503);
  await expect(createDiscovery({ clientId: 'a', issuer })(line)).rejects.toMatchObject({
    code: 'ERR_AUTH_REFRESH_FAILED',
    message: `${OIDC} answered 503`,
  });
  expect(line.asked).toEqual([OIDC]);
});
