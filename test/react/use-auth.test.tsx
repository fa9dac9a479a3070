/** @jest-environment jsdom */
import { StrictMode, type ReactElement } from 'react';
import type { AuthSession, TokenStore } from '../../src/index';
import { AuthProvider, useAuth, type Auth } from '../../src/react';
import { counted, createSession, hydrated, rendered, settled, usePages } from './rendered';

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

test('renders again on a sign-in, a renewal and a sign-out', async () => {
  let renew: () => void = () => undefined;
  const session = createSession(null, {
    refresh: () =>
      new Promise((resolve) => {
        renew = () => {
          resolve({ accessToken: 'b' });
        };
      }),
  });
  const page = await rendered(statusOf(session));
  await settled(() => session.signIn({ accessToken: 'a' }));
  expect(page.text()).toBe('signed-in');
  let renewal: Promise<unknown> | undefined;
  await settled(() => {
    renewal = session.refresh();
  });
  expect(page.text()).toBe('refreshing');
  await settled(async () => {
    renew();
    await renewal;
  });
  expect(page.text()).toBe('signed-in');
  await settled(() => session.signOut());
  expect(page.text()).toBe('signed-out');
});

test('gives what the session can do, and the same object while the status is the same', async () => {
  const session = createSession(null);
  const seen: Auth[] = [];
  function Login(): ReactElement {
    const auth = useAuth();
    seen.push(auth);
    return <>{auth.status}</>;
  }
  const element = (
    <AuthProvider session={session}>
      <Login />
    </AuthProvider>
  );
  const page = await rendered(element);
  await page.render(
    <AuthProvider session={session}>
      <Login />
    </AuthProvider>,
  );
  const { signIn } = seen.at(-1)!;
  expect(seen.at(-1)).toBe(seen.at(-2));
  await settled(() => signIn({ accessToken: 'a' }));
  expect(page.text()).toBe('signed-in');
  expect(await session.getAccessToken()).toBe('a');
  await settled(() => seen.at(-1)!.signOut());
  expect(page.text()).toBe('signed-out');
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
