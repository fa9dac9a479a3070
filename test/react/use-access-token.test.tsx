/** @jest-environment jsdom */
import { StrictMode, useEffect, type ReactElement } from 'react';
import type { AuthSession, Tokens } from '../../src/index';
import { AuthProvider, useAccessToken } from '../../src/react/index';
import { sharedStore } from '../support/shared-store';
import { counted, createSession, like, passed, rendered, settled, usePages } from './rendered';

usePages();
afterEach(() => {
  jest.useRealTimers();
});

const HOUR = 3_600_000;

function Token(): ReactElement {
  return <>{useAccessToken() ?? 'none'}</>;
}

const tokenOf = (session: AuthSession): ReactElement => (
  <AuthProvider session={session}>
    <Token />
  </AuthProvider>
);

/** A session, and the same one slow to give its token. */
function slowSession(): { session: AuthSession; slow: AuthSession; answer(token: string): void } {
  const session = createSession({ accessToken: 'a' });
  let resolve: (token: string) => void = () => undefined;
  const slow = like(session, {
    getAccessToken: () => new Promise((resolved) => (resolve = resolved)),
  });
  return {
    session,
    slow,
    answer: (token) => {
      resolve(token);
    },
  };
}

test('gives the token, and null where nobody is signed in', async () => {
  expect((await rendered(tokenOf(createSession({ accessToken: 'a' })))).text()).toBe('a');
  expect((await rendered(tokenOf(createSession(null)))).text()).toBe('none');
});

test('renews a token that has expired, once for all components', async () => {
  let calls = 0;
  const session = createSession(
    { accessToken: 'a', expiresAt: Date.now() - HOUR },
    {
      refresh: () => {
        calls++;
        return Promise.resolve({ accessToken: 'b', expiresIn: 900 });
      },
    },
  );
  const page = await rendered(
    <AuthProvider session={session}>
      <Token />
      <Token />
    </AuthProvider>,
  );
  expect(page.text()).toBe('bb');
  expect(calls).toBe(1);
});

test('follows a sign-in, a renewal, another user and a sign-out', async () => {
  const session = createSession(null);
  const page = await rendered(tokenOf(session));
  await settled(() => session.signIn({ accessToken: 'a' }));
  expect(page.text()).toBe('a');
  await settled(() => session.refresh());
  expect(page.text()).toBe('renewed');
  await settled(() => session.signIn({ accessToken: 'c' }));
  expect(page.text()).toBe('c');
  await settled(() => session.signOut());
  expect(page.text()).toBe('none');
});

test('follows what another tab has stored', async () => {
  const { store, elsewhere } = sharedStore<Tokens>({ accessToken: 'a' });
  const page = await rendered(tokenOf(createSession(null, { tokenStore: store })));
  expect(page.text()).toBe('a');
  await settled(() => {
    elsewhere({ accessToken: 'b' });
  });
  expect(page.text()).toBe('b');
});

test('keeps the last token through a renewal that fails for now, and lets nothing get out', async () => {
  const session = createSession(
    { accessToken: 'a' },
    { refreshRetries: 0, refresh: () => Promise.reject(new TypeError('fetch failed')) },
  );
  const page = await rendered(tokenOf(session));
  await settled(() => session.refresh().catch(() => undefined));
  expect(page.text()).toBe('a');
  const expired = createSession(
    { accessToken: 'b', expiresAt: 1e12 },
    { refreshRetries: 0, refresh: () => Promise.reject(new TypeError('fetch failed')) },
  );
  await page.render(tokenOf(expired));
  expect(page.text()).toBe('none');
});

test('a sign-out is the end: nobody is asked for tokens again', async () => {
  const refresh = jest.fn(() => Promise.resolve({ accessToken: 'renewed' }));
  const session = createSession({ accessToken: 'a' }, { refresh, cookieRefresh: true });
  let asked = 0;
  const counting = like(session, {
    getAccessToken: () => (asked++, session.getAccessToken()),
  });
  const page = await rendered(tokenOf(counting));
  await settled(() => session.signOut());
  expect([page.text(), asked, refresh.mock.calls.length]).toEqual(['none', 1, 0]);
});

test('an answer that a sign-out has overtaken is not shown', async () => {
  const { session, slow, answer } = slowSession();
  const page = await rendered(tokenOf(slow));
  await settled(() => session.signOut());
  await settled(() => {
    answer('a');
  });
  expect(page.text()).toBe('none');
});

test('no render shows the token of the session before', async () => {
  const seen: string[] = [];
  function Seen({ by }: { by: string }): null {
    seen.push(`${by} ${useAccessToken() ?? 'none'}`);
    return null;
  }
  const app = (name: string): ReactElement => (
    <AuthProvider session={createSession({ accessToken: name })}>
      <Seen by={name} />
    </AuthProvider>
  );
  const page = await rendered(app('first'));
  await page.render(app('second'));
  expect(new Set(seen)).toEqual(
    new Set(['first none', 'first first', 'second none', 'second second']),
  );
});

test('an answer that comes after the session was changed is not shown', async () => {
  const { session, slow, answer } = slowSession();
  const page = await rendered(tokenOf(slow));
  await page.render(tokenOf(session));
  await settled(() => {
    answer('late');
  });
  expect(page.text()).toBe('a');
});

test('asks again after five seconds for a token that could not be renewed at first', async () => {
  jest.useFakeTimers();
  let isDown = true;
  const session = createSession(
    { accessToken: 'a', expiresAt: 1e12 },
    {
      refreshRetries: 0,
      refresh: () =>
        isDown ? Promise.reject(new TypeError('failed')) : Promise.resolve({ accessToken: 'b' }),
    },
  );
  const page = await rendered(tokenOf(session));
  expect(page.text()).toBe('none');
  isDown = false;
  await passed(5_010);
  expect(page.text()).toBe('b');
});

test('shows no token of another session, and no answer that was overtaken', async () => {
  const answers: ((token: string | null) => void)[] = [];
  const session = createSession({ accessToken: 'a' });
  const slow = like(session, {
    getAccessToken: () => new Promise((resolve) => answers.push(resolve)),
  });
  const page = await rendered(tokenOf(session));
  expect(page.text()).toBe('a');
  await page.render(tokenOf(slow));
  expect(page.text()).toBe('none');
  await settled(() => session.signIn({ accessToken: 'b' }));
  expect(answers).toHaveLength(2);
  await settled(() => {
    answers[1]!('later');
    answers[0]!('earlier');
  });
  expect(page.text()).toBe('later');
});

test('a connection is made anew for each token', async () => {
  const session = createSession({ accessToken: 'a' });
  const connections: string[] = [];
  function Live(): null {
    const token = useAccessToken();
    useEffect(() => {
      if (token) connections.push(token);
    }, [token]);
    return null;
  }
  await rendered(
    <AuthProvider session={session}>
      <Live />
    </AuthProvider>,
  );
  await settled(() => session.refresh());
  expect(connections).toEqual(['a', 'renewed']);
});

test('listens once in StrictMode, and to nothing after it was unmounted', async () => {
  const { session, listening } = counted(createSession({ accessToken: 'a' }));
  const page = await rendered(<StrictMode>{tokenOf(session)}</StrictMode>);
  expect(page.text()).toBe('a');
  expect(listening()).toBe(2);
  await page.unmount();
  expect(listening()).toBe(0);
});
