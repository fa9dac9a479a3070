import { createServer } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from '../support/http-server';
import { cleanUp, onCleanUp, openSession } from '../support/session';

afterEach(cleanUp);

/** Refuses every token but `access-2`. */
async function listenAtSocket(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'socket-'));
  const path = join(folder, 'api.sock');
  const server = createServer(({ headers }, response) => {
    if (headers.authorization === 'Bearer access-2') json(response, 200, { ok: true });
    else json(response, 401, { code: 'TOKEN_EXPIRED' });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onCleanUp(async () => {
    server.close().closeAllConnections();
    await rm(folder, { recursive: true });
  });
  return path;
}

test.each([
  ['followed', {}],
  ['not followed', { maxRedirects: 0 }],
])('§3: an answer over a Unix socket is classified, where redirects are %s', async (_, config) => {
  const socketPath = await listenAtSocket();
  const { api } = openSession(
    {
      url: 'http://localhost/api',
      issue: () => ({ accessToken: 'access-1' }),
      renew: () => ({ accessToken: 'access-2' }),
    },
    { axios: { adapter: 'http', socketPath } },
  );
  const { data } = await api.get<unknown>('/thing', config);
  expect(data).toEqual({ ok: true });
});
