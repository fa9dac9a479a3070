import * as entry from '../../src/oauth2/index';

const options = { clientId: 'client-1', tokenEndpoint: 'https://id.example.test/token' };

test('the entry exports oauth2Refresh, and nothing else that runs', () => {
  expect(Object.keys(entry)).toEqual(['oauth2Refresh']);
});

test('what it makes brings the revocation along', () => {
  const made = entry.oauth2Refresh(options);
  expect(typeof made.revoke).toBe('function');
  expect(made.startsAlone).toBe(false);
});

test('a service starts alone', () => {
  const made = entry.oauth2Refresh({ ...options, grantType: 'client_credentials' });
  expect(made.startsAlone).toBe(true);
});
