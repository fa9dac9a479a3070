import { attached } from '../support/attached';
import { json, startServer, type TestServer } from '../support/http-server';
import { cleanUp } from '../support/rig';

afterEach(cleanUp);

const answering = (status = 200): Promise<TestServer> =>
  startServer((_request, response) => json(response, status, { code: 'TOKEN_EXPIRED' }));

const authorizations = (server: TestServer) =>
  server.requests.map(({ headers }) => headers.authorization);

test('G1: shouldAttach decides request by request', async () => {
  const server = await answering();
  const shouldAttach = ({ url = '' }) => !url.startsWith('/public');
  const { api } = attached({ axios: { baseURL: server.url }, options: { shouldAttach } });
  await api.get('/public/news');
  await api.get('/profile');
  expect(authorizations(server)).toEqual([undefined, 'Bearer access-1']);
});

test('G2: a request that shouldAttach refuses gets its own 401', async () => {
  const server = await answering(401);
  const refresh = jest.fn();
  const { api } = attached({
    axios: { baseURL: server.url },
    options: { refresh, shouldAttach: () => false },
  });
  await expect(api.get('/')).rejects.toMatchObject({ code: 'ERR_BAD_REQUEST' });
  expect(refresh).not.toHaveBeenCalled();
});

test('G3: shouldAttach cannot send the token to another origin', async () => {
  const [own, other] = [await answering(), await answering()];
  const { api } = attached({ axios: { baseURL: own.url }, options: { shouldAttach: () => true } });
  await api.get(other.url);
  expect(authorizations(other)).toEqual([undefined]);
});

test('G3: a shouldAttach that throws fails closed, and says so to the logger', async () => {
  const server = await answering();
  const error = jest.fn();
  const shouldAttach = () => {
    throw new Error('no idea');
  };
  const { api } = attached({
    axios: { baseURL: server.url },
    options: { shouldAttach, logger: { error } },
  });
  await api.get('/');
  expect(authorizations(server)).toEqual([undefined]);
  expect(error).toHaveBeenCalledTimes(1);
});
