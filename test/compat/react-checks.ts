import type { AxiosStatic } from 'axios';
import type * as React from 'react';
import type { ReactElement } from 'react';
import type { createRoot, hydrateRoot } from 'react-dom/client';
import type { renderToString } from 'react-dom/server';
import type * as Library from '../../src/index';
import type * as Hooks from '../../src/react/index';
import { equal } from '../runtimes/scenario';
import { onCleanUp } from '../support/clean-up';

export interface ReactSetting {
  axios: AxiosStatic;
  library: typeof Library;
  hooks: typeof Hooks;
  react: typeof React;
  renderToString: typeof renderToString;
  createRoot: typeof createRoot;
  hydrateRoot: typeof hydrateRoot;
}

function open({ axios, library }: ReactSetting, tokens: Library.Tokens | null) {
  const session = library.attachAuthInterceptors(axios.create(), {
    tokenStore: library.memoryStore(tokens),
    refresh: () => ({ accessToken: 'renewed' }),
    refreshAhead: false,
  });
  onCleanUp(() => {
    session.detach();
  });
  return session;
}

/** Shows the status and the token, below a provider. */
function application({ react, hooks }: ReactSetting, session: Library.AuthSession): ReactElement {
  function Both(): ReactElement {
    const shown = `${hooks.useAuth().status}, ${hooks.useAccessToken() ?? 'none'}`;
    return react.createElement('p', null, shown);
  }
  const provider = react.createElement(hooks.AuthProvider, { session }, react.createElement(Both));
  return react.createElement(react.StrictMode, null, provider);
}

async function shows(container: Element, text: string): Promise<void> {
  for (let poll = 0; container.textContent !== text; poll++) {
    if (poll > 4_000) throw new Error(`It shows ${container.textContent}, not ${text}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export const REACT_CHECKS: Record<string, (setting: ReactSetting) => unknown> = {
  async 'a server renders neither a status nor a token'(setting) {
    const session = open(setting, { accessToken: 'secret' });
    await session.getTokens();
    const html = setting.renderToString(application(setting, session));
    equal(html, '<p>unknown, none</p>');
  },

  'a hook without a provider says what is missing'({ react, hooks, renderToString: render }) {
    for (const hook of [hooks.useAuth, hooks.useAccessToken]) {
      function Lost(): null {
        hook();
        return null;
      }
      let message = '';
      try {
        render(react.createElement(Lost));
      } catch (error) {
        ({ message } = error as Error);
      }
      equal(message.includes('needs <AuthProvider session={…}> around the component'), true);
    }
  },

  async 'a page shows each sign-in, renewal and sign-out'(setting) {
    const session = open(setting, null);
    const container = document.createElement('div');
    const root = setting.createRoot(container);
    root.render(application(setting, session));
    await shows(container, 'signed-out, none');
    await session.signIn({ accessToken: 'first', refreshToken: 'refresh' });
    await shows(container, 'signed-in, first');
    await session.refresh();
    await shows(container, 'signed-in, renewed');
    await session.signOut();
    await shows(container, 'signed-out, none');
    root.unmount();
  },

  async 'a page that a server has rendered is taken over as it is'(setting) {
    const session = open(setting, { accessToken: 'first' });
    const container = document.createElement('div');
    container.innerHTML = setting.renderToString(application(setting, session));
    const faults: unknown[] = [];
    const root = setting.hydrateRoot(container, application(setting, session), {
      onRecoverableError: (fault) => faults.push(String(fault)),
    });
    await shows(container, 'signed-in, first');
    equal(faults, []);
    root.unmount();
  },

  async 'nobody listens any more after the page has gone'(setting) {
    const session = open(setting, { accessToken: 'first' });
    let listeners = 0;
    const count =
      <L>(listen: (listener: L) => () => void) =>
      (listener: L) => {
        const stop = listen(listener);
        listeners++;
        return () => {
          listeners--;
          stop();
        };
      };
    const counted = Object.assign(Object.create(session) as Library.AuthSession, {
      subscribe: count(session.subscribe),
      onStatus: count(session.onStatus),
    });
    const container = document.createElement('div');
    const root = setting.createRoot(container);
    root.render(application(setting, counted));
    await shows(container, 'signed-in, first');
    equal(listeners > 0, true);
    root.unmount();
    await shows(container, '');
    while (listeners > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  },
};
