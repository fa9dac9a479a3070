import { cleanUp } from '../support/rig';
import { fieldsOf, openBareSession, startBareServer, type BareOptions } from './bare-server';

afterEach(cleanUp);

interface Shown {
  /** The header, as it came. */
  header: string | undefined;
  /** The header with its credentials decoded once. */
  basic: string | undefined;
  form: Record<string, string>;
}

async function shownBy(options: BareOptions): Promise<Shown> {
  const server = await startBareServer();
  await openBareSession(server, options).auth.refresh();
  const [request] = server.requests;
  const header = request?.headers.authorization;
  const basic = header && Buffer.from(header.replace('Basic ', ''), 'base64').toString('latin1');
  return { header, basic, form: Object.fromEntries(fieldsOf(request!)) };
}

test('a secret goes into the header, and not into the form as well (RFC 6749 §2.3)', async () => {
  const { header, form } = await shownBy({ clientSecret: 'secret-1' });
  expect(header).toBe(`Basic ${Buffer.from('client-1:secret-1').toString('base64')}`);
  expect(form).not.toHaveProperty('client_secret');
  expect(form).not.toHaveProperty('client_id');
});

test('what goes into the header is form-encoded first (RFC 6749 §2.3.1, appendix B)', async () => {
  const clientId = 'my client:1';
  const clientSecret = ':%+ &=/é€~😀*-._';
  const { basic } = await shownBy({ clientId, clientSecret });
  expect(basic).toBe('my+client%3A1:%3A%25%2B+%26%3D%2F%C3%A9%E2%82%AC%7E%F0%9F%98%80*-._');
  // As a server reads it.
  const [id, secret] = basic!.split(':').map((part) => new URLSearchParams(`_=${part}`).get('_'));
  expect([id, secret]).toEqual([clientId, clientSecret]);
});

test('the example of RFC 6749 appendix B comes out as it is printed there', async () => {
  const { basic } = await shownBy({ clientSecret: ' %&+£€' });
  expect(basic).toBe('client-1:+%25%26%2B%C2%A3%E2%82%AC');
});

test('client_secret_post puts both into the form, and nothing into a header', async () => {
  const clientSecret = ':%+ &=é€';
  const { header, form } = await shownBy({
    clientSecret,
    clientAuthentication: 'client_secret_post',
  });
  expect(header).toBeUndefined();
  expect(form).toMatchObject({ client_id: 'client-1', client_secret: clientSecret });
});

test('a public client names itself (RFC 6749 §3.2.1)', async () => {
  const { header, form } = await shownBy({});
  expect(header).toBeUndefined();
  expect(form).toMatchObject({ client_id: 'client-1' });
});

test('with none, a secret stays at home', async () => {
  const shown = await shownBy({ clientSecret: 'secret-1', clientAuthentication: 'none' });
  expect(JSON.stringify(shown)).not.toContain('secret-1');
  expect(shown.header).toBeUndefined();
});
