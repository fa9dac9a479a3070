import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { AuthProvider } from 'axios-auth-interceptors/react';
import { auth } from './session';

/** Renders what the hook of a recipe gives, below the providers that it needs. */
export function mountProfile(root, useProfile, provide) {
  function Profile() {
    const { status, name, error } = useProfile();
    const said = status === 'signed-in' ? 'Signed in' : 'Signed out';
    return createElement('p', null, `${said} ${name ?? error?.code ?? ''}`);
  }
  const page = createRoot(root);
  page.render(createElement(AuthProvider, { session: auth }, provide(createElement(Profile))));
  return () => page.unmount();
}
