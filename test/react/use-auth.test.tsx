/** @jest-environment jsdom */
import { StrictMode, type ReactElement } from 'react';
import { memoryStore } from '../../src/index';
import type { AuthSession, Tokens, TokenStore } from '../../src/index';
import { AuthProvider, useAuth, type Auth } from '../../src/react/index';
import { sharedStore } from '../support/shared-store';
import {
  counted,
  createSession,
  hydrated,
  like,
  passed,
  rendered,
  settled,
  slowRefresh,
  usePages,
} from './rendered';

usePages();

function Status(): ReactElement {
  return <>{useAuth().status}</>;
}

const statusOf = (session: AuthSession): ReactElement => (
  <AuthProvider session={session}>
    <Status />
  </AuthProvider>
);

test('gives the status as soon as a synchronous store was read', async () => {
  expect((await rendered(statusOf(createSession({ accessToken: 'a' })))).text()).toBe('signed-in');
  expect((await rendered(statusOf(createSession(null)))).text()).toBe('signed-out');
});

test('is unknown until an asynchronous store has answered', async () => {
  let answer: (tokens: { accessToken: string }) => void = () => undefined;
  const tokenStore: TokenStore = {
    get: () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
    set: () => undefined,
    clear: () => undefined,
  };
  const page = await rendered(statusOf(createSession(null, { tokenStore })));
  expect(page.text()).toBe('unknown');
  await settled(() => {
    answer({ accessToken: 'a' });
  });
  expect(page.text()).toBe('signed-in');
});

test('shows who is signed in from the first render on, where the store is synchronous', async () => {
  const seen: string[] = [];
  function Seen(): null {
    seen.push(useAuth().status);
    return null;
  }
  const session = createSession({ accessToken: 'a' });
  await rendered(
    <AuthProvider session={session}>
      <Seen />
    </AuthProvider>,
  );
  expect(new Set(seen)).toEqual(new Set(['signed-in']));
});

test('renews nothing to know who is signed in', async () => {
  const refresh = jest.fn(() => Promise.resolve({ accessToken: 'b' }));
  const over = { accessToken: 'a', expiresAt: 1e12 };
  const tokenStore = { ...memoryStore(), get: () => Promise.resolve(over) };
  for (const options of [{}, { tokenStore }]) {
    const page = await rendered(statusOf(createSession(over, { refresh, ...options })));
    expect(page.text()).toBe('signed-in');
  }
  expect(refresh).not.toHaveBeenCalled();
});

test('reads a synchronous store once', async () => {
  const store = memoryStore({ accessToken: 'a' });
  const get = jest.fn(() => store.get());
  const session = createSession(null, { tokenStore: { ...store, get } });
  const page = await rendered(<StrictMode>{statusOf(session)}</StrictMode>);
  expect(page.text()).toBe('signed-in');
  expect(get).toHaveBeenCalledTimes(1);
});

test('somebody whose tokens are renewed at the first render is signed in', async () => {
  const session = createSession({ accessToken: 'a' }, { refresh: slowRefresh().refresh });
  void session.refresh().catch(() => undefined);
  const page = await rendered(statusOf(session));
  expect([session.status, page.text()]).toEqual(['refreshing', 'signed-in']);
});

test('a sign-out by a peer is seen during a renewal, too', async () => {
  const { store, elsewhere } = sharedStore<Tokens>({ accessToken: 'a' });
  const { refresh, answer } = slowRefresh();
  const session = createSession(null, { refresh, tokenStore: store });
  const page = await rendered(statusOf(session));
  await settled(() => {
    session.refresh().catch(() => undefined);
  });
  await settled(() => {
    elsewhere(null);
    answer({ accessToken: 'b' });
  });
  expect(page.text()).toBe('signed-out');
});

test('renders again on a sign-in and a sign-out', async () => {
  const session = createSession(null);
  const page = await rendered(statusOf(session));
  await settled(() => session.signIn({ accessToken: 'a' }));
  expect(page.text()).toBe('signed-in');
  await settled(() => session.signOut());
  expect(page.text()).toBe('signed-out');
});

test('does not render again for a renewal, whoever waits for it', async () => {
  const { refresh, answer } = slowRefresh();
  const session = createSession({ accessToken: 'a' }, { refresh });
  let renders = 0;
  function Count(): ReactElement {
    const { status } = useAuth();
    return <>{`${++renders} ${status}`}</>;
  }
  const page = await rendered(
    <AuthProvider session={session}>
      <Count />
    </AuthProvider>,
  );
  const before = page.text();
  let renewal: Promise<unknown> | undefined;
  await settled(() => {
    renewal = session.refresh();
  });
  expect([session.status, page.text()]).toEqual(['refreshing', before]);
  await settled(async () => {
    answer({ accessToken: 'b' });
    await renewal;
  });
  expect([session.status, page.text()]).toEqual(['signed-in', before]);
});

test('the functions are those of the session, and stay the same', async () => {
  const session = createSession(null);
  const seen: Auth[] = [];
  function Login(): ReactElement {
    const auth = useAuth();
    seen.push(auth);
    return <>{auth.status}</>;
  }
  const page = await rendered(
    <AuthProvider session={session}>
      <Login />
    </AuthProvider>,
  );
  await settled(() => seen.at(-1)!.signIn({ accessToken: 'a' }));
  expect([page.text(), await session.getAccessToken()]).toEqual(['signed-in', 'a']);
  await settled(() => seen.at(-1)!.signOut());
  const { status, ...functions } = seen.at(-1)!;
  expect(status).toBe('signed-out');
  expect(session).toMatchObject(functions);
  expect(Object.keys(functions)).toHaveLength(6);
});

test('another session has a status of its own', async () => {
  const page = await rendered(statusOf(createSession({ accessToken: 'a' })));
  await page.render(statusOf(createSession(null)));
  expect(page.text()).toBe('signed-out');
});

describe('where only a cookie knows who is signed in', () => {
  const options = { cookieRefresh: true, refreshRetries: 0 };
  afterEach(() => {
    jest.useRealTimers();
  });

  test('asks once, and is unknown until then', async () => {
    const { refresh, answer } = slowRefresh();
    const page = await rendered(statusOf(createSession(null, { ...options, refresh })));
    expect(page.text()).toBe('unknown');
    await settled(() => {
      answer({ accessToken: 'a' });
    });
    expect(page.text()).toBe('signed-in');
  });

  test('nobody is signed in whom the auth server does not know', async () => {
    const page = await rendered(
      statusOf(createSession(null, { ...options, refresh: () => Promise.resolve(null) })),
    );
    expect(page.text()).toBe('signed-out');
  });

  test('asks again every five seconds while the auth server is down', async () => {
    jest.useFakeTimers();
    let isDown = true;
    const refresh = (): Promise<Tokens> =>
      isDown
        ? Promise.reject(new TypeError('fetch failed'))
        : Promise.resolve({ accessToken: 'a' });
    const page = await rendered(statusOf(createSession(null, { ...options, refresh })));
    await passed(5_000);
    expect(page.text()).toBe('unknown');
    isDown = false;
    await passed(4_990);
    expect(page.text()).toBe('unknown');
    await passed(20);
    expect(page.text()).toBe('signed-in');
  });

  test.each(['while it is asked', 'until it is asked again'])(
    'nobody asks any more who is unmounted %s',
    async (moment) => {
      jest.useFakeTimers();
      let asked = 0;
      let fail: () => void = () => undefined;
      const getAccessToken = (): Promise<string> =>
        new Promise((_, reject) => {
          asked++;
          fail = () => {
            reject(new Error('down'));
          };
        });
      const page = await rendered(statusOf(like(createSession(null, options), { getAccessToken })));
      const failed = (): Promise<void> => settled(() => fail());
      if (moment === 'until it is asked again') await failed();
      await page.unmount();
      await failed();
      await passed(60_000);
      expect(asked).toBe(1);
    },
  );
});

test('listens once in StrictMode, and to nothing after it was unmounted', async () => {
  const { session, listening } = counted(createSession({ accessToken: 'a' }));
  const page = await rendered(<StrictMode>{statusOf(session)}</StrictMode>);
  expect(page.text()).toBe('signed-in');
  expect(listening()).toBe(1);
  await page.unmount();
  expect(listening()).toBe(0);
});

test('a page that a server has rendered is taken over without a difference', async () => {
  const recovered: unknown[] = [];
  const page = await hydrated('unknown', statusOf(createSession({ accessToken: 'a' })), (error) =>
    recovered.push(error),
  );
  expect(page.text()).toBe('signed-in');
  expect(recovered).toEqual([]);
});
