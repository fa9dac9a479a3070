import axios from 'axios';
import type { AxiosInstance } from 'axios';
import { attachAuthInterceptors } from '../../src/index';
import {
  cleanUp,
  openSession,
  REFRESH_PATH,
  settle,
  startTokenServer,
  until,
} from '../support/session';
import { openShared } from '../support/shared-session';

afterEach(cleanUp);

const handlers = ({ interceptors: { request, response } }: AxiosInstance): number => {
  let count = 0;
  const countOne = (): void => {
    count++;
  };
  (request as unknown as { forEach(visit: () => void): void }).forEach(countOne);
  (response as unknown as { forEach(visit: () => void): void }).forEach(countOne);
  return count;
};

describe('G25: attach twice is once, detach leaves the instance as it was', () => {
  test('attach twice is once', async () => {
    const server = await startTokenServer();
    const { api, auth } = openSession(server);
    const before = handlers(api);
    const detachers = [auth.attach(api), auth.attach(api)];

    expect(handlers(api)).toBe(before);
    expect(detachers[0]).toBe(detachers[1]);
    server.expire();
    await api.get('/a');
    expect([server.at('/a').length, server.at(REFRESH_PATH).length]).toEqual([2, 1]);
  });

  test('attaching a second session to an instance is an error that says what to do', async () => {
    const server = await startTokenServer();
    const { api } = openSession(server);
    const other = openSession(server);
    const before = handlers(api);

    expect(() => attachAuthInterceptors(api, { refresh: () => null })).toThrow(
      expect.objectContaining({
        code: 'ERR_AUTH_CONFIG',
        message: expect.stringContaining('detach') as string,
      }) as Error,
    );
    expect(() => other.auth.attach(api)).toThrow(
      expect.objectContaining({ code: 'ERR_AUTH_CONFIG' }) as Error,
    );
    expect(handlers(api)).toBe(before);
  });

  test('detach leaves the instance as it was', async () => {
    const server = await startTokenServer();
    const plain = axios.create({ baseURL: server.url });
    const keys = Reflect.ownKeys(plain).length;
    const { adapter } = plain.defaults;
    const headers = JSON.stringify(plain.defaults.headers);
    const session = attachAuthInterceptors(plain, { refresh: () => null });
    await session.signIn(server.issue());
    await plain.get('/a');
    session.detach();

    expect(handlers(plain)).toBe(0);
    expect(Reflect.ownKeys(plain)).toHaveLength(keys);
    expect(plain.defaults.adapter).toBe(adapter);
    expect(JSON.stringify(plain.defaults.headers)).toBe(headers);
    expect((await plain.get<{ user: null }>('/open')).data.user).toBeNull();
  });

  test('detach detaches every instance, the function of attach() only its own', async () => {
    const server = await startTokenServer();
    const { api, auth } = openSession(server);
    const [second, third] = [1, 2].map(() => axios.create({ baseURL: server.url }));
    const detachSecond = auth.attach(second!);
    auth.attach(third!);
    detachSecond();
    detachSecond();
    expect([api, second!, third!].map(handlers)).toEqual([2, 0, 2]);
    auth.detach();
    auth.detach();
    expect([api, second!, third!].map(handlers)).toEqual([0, 0, 0]);
  });

  test('after detach another session may be attached', async () => {
    const server = await startTokenServer();
    const { api, auth } = openSession(server);
    auth.detach();
    const next = attachAuthInterceptors(api, { refresh: () => null });
    await next.signIn(server.issue('bob'));
    expect((await api.get<{ user: string }>('/a')).data.user).toBe('bob');
  });

  test('a detached instance may be attached again', async () => {
    const server = await startTokenServer();
    const { api, auth } = openSession(server);
    auth.detach();
    auth.attach(api);
    server.expire();
    expect((await api.get<{ user: string }>('/a')).data.user).toBe('alice');
  });

  test('attaching and detaching a thousand times leaves nothing behind', async () => {
    const server = await startTokenServer();
    const { api, auth } = openSession(server);
    const other = axios.create({ baseURL: server.url });
    for (let n = 0; n < 1_000; n++) auth.attach(other)();
    expect([handlers(api), handlers(other)]).toEqual([2, 0]);
  });

  test('a request that waits for a refresh finishes after detach', async () => {
    const server = await startTokenServer();
    const { api, auth } = openSession(server);
    const release = server.hold(REFRESH_PATH);
    server.expire();
    const refused = api.get<{ user: string }>('/a');
    await until(() => server.at(REFRESH_PATH).length === 1);
    const held = api.get<{ user: string }>('/b');
    await settle(server);
    auth.detach();
    release();

    expect((await refused).data.user).toBe('alice');
    expect((await held).data.user).toBe('alice');
  });

  test('a request whose 401 comes after detach finishes', async () => {
    const server = await startTokenServer();
    const { api, auth } = openSession(server);
    const answer = server.hold('/a');
    server.expire();
    const request = api.get<{ user: string }>('/a');
    await until(() => server.at('/a').length === 1);
    auth.detach();
    answer();
    expect((await request).data.user).toBe('alice');
  });

  test('detach stops listening to the store', async () => {
    const { auth, listeners } = await openShared();
    expect(listeners()).toBe(1);
    auth.detach();
    auth.detach();
    expect(listeners()).toBe(0);
  });
});
