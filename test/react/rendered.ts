import { setImmediate } from 'node:timers';
import { act, type ReactElement } from 'react';
import { createRoot, hydrateRoot, type Root } from 'react-dom/client';
import axios from 'axios';
import { attachAuthInterceptors, memoryStore } from '../../src/index';
import type { AuthOptions, AuthSession, Tokens } from '../../src/index';

/** What a page shows, and how to go on with it. */
export interface Rendered {
  text(): string;
  render(element: ReactElement): Promise<void>;
  unmount(): Promise<void>;
}

const cleanups: (() => unknown)[] = [];

/** Prepares a file of tests; afterwards nothing is mounted or attached, and React had nothing to say. */
export function usePages(): void {
  const said: unknown[] = [];
  beforeAll(() => {
    (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
    for (const method of ['error', 'warn'] as const) {
      jest.spyOn(console, method).mockImplementation((...line) => said.push(line));
    }
  });
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    expect(said.splice(0)).toEqual([]);
  });
}

/** Renders into a page of its own, and lets everything settle that follows from it. */
export async function rendered(element: ReactElement): Promise<Rendered> {
  const container = document.createElement('div');
  const root = createRoot(container);
  const page = pageOf(container, root);
  await page.render(element);
  return page;
}

/** Takes over a page that a server has rendered. */
export async function hydrated(
  html: string,
  element: ReactElement,
  onRecoverableError: (error: unknown) => void,
): Promise<Rendered> {
  const container = document.createElement('div');
  container.innerHTML = html;
  const root = await settled(() => hydrateRoot(container, element, { onRecoverableError }));
  return pageOf(container, root);
}

function pageOf(container: Element, root: Root): Rendered {
  const unmount = (): Promise<void> =>
    settled(() => {
      root.unmount();
    });
  cleanups.push(unmount);
  return {
    text: () => container.textContent,
    render: (element) =>
      settled(() => {
        root.render(element);
      }),
    unmount,
  };
}

const atRest = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Does something, and lets React and the session come to rest. */
export async function settled<R>(work: () => R | Promise<R>): Promise<R> {
  let result: R;
  await act(async () => {
    result = await work();
    await atRest();
  });
  return result!;
}

/** Lets time pass, where a test has its hand on it. */
export const passed = (ms: number): Promise<void> =>
  settled(() => jest.advanceTimersByTimeAsync(ms));

/** A session that needs no server. */
export function createSession(
  tokens: Tokens | null,
  options: Partial<AuthOptions> = {},
): AuthSession {
  const session = attachAuthInterceptors(axios.create({ baseURL: 'https://api.example.com' }), {
    tokenStore: memoryStore(tokens),
    refresh: () => Promise.resolve({ accessToken: 'renewed' }),
    ...options,
  });
  cleanups.push(() => {
    session.detach();
  });
  return session;
}

/** The same session, but for these functions. */
export const like = (session: AuthSession, functions: Partial<AuthSession>): AuthSession =>
  Object.create(session, Object.getOwnPropertyDescriptors(functions)) as AuthSession;

/** The same session, and how many listeners it has. */
export function counted(session: AuthSession): { session: AuthSession; listening(): number } {
  let listeners = 0;
  const count =
    <L>(listen: (listener: L) => () => void) =>
    (listener: L) => {
      listeners++;
      const stop = listen(listener);
      return () => {
        listeners--;
        stop();
      };
    };
  return {
    session: like(session, {
      subscribe: count(session.subscribe),
      onStatus: count(session.onStatus),
    }),
    listening: () => listeners,
  };
}

/** A `refresh` that gives new tokens when it is told to. */
export function slowRefresh(): { refresh: AuthOptions['refresh']; answer(tokens: Tokens): void } {
  let resolve: (tokens: Tokens) => void = () => undefined;
  return {
    refresh: () => new Promise<Tokens>((resolved) => (resolve = resolved)),
    answer: (tokens) => {
      resolve(tokens);
    },
  };
}
