/** @jest-environment jsdom */
import { Activity, useEffect, type ReactElement } from 'react';
import type { AuthSession } from '../../src/index';
import { AuthProvider, useAccessToken } from '../../src/react/index';
import { createSession, rendered, settled, usePages } from './rendered';

usePages();

test('what was hidden while another user signed in never sees the token of the one before', async () => {
  const session = createSession({ accessToken: 'alice' });
  const seen: string[] = [];
  function Live(): null {
    const token = useAccessToken();
    useEffect(() => {
      if (token) seen.push(token);
    }, [token]);
    return null;
  }
  const app = (of: AuthSession, mode: 'visible' | 'hidden'): ReactElement => (
    <AuthProvider session={of}>
      <Activity mode={mode}>
        <Live />
      </Activity>
    </AuthProvider>
  );
  const page = await rendered(app(session, 'visible'));
  await page.render(app(session, 'hidden'));
  await settled(() => session.signOut());
  await settled(() => session.signIn({ accessToken: 'bob' }));
  await page.render(app(session, 'visible'));
  expect(seen).toEqual(['alice', 'bob']);
});
