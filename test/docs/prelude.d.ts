/// <reference types="jest" />
/** What the snippets of the documents take for granted. A snippet may declare its own of these. */
import type { AxiosInstance, AxiosStatic } from 'axios';
import type { AuthOptions, AuthSession, TokenResponse, TokenStore } from 'axios-auth-interceptors';
import type { attachAuthInterceptors as Attach } from 'axios-auth-interceptors';

declare global {
  const axios: AxiosStatic;
  const api: AxiosInstance;
  const users: AxiosInstance;
  const orders: AxiosInstance;
  const reports: AxiosInstance;
  const auth: AuthSession;
  const attachAuthInterceptors: typeof Attach;
  const refresh: AuthOptions['refresh'];
  const tokenStore: TokenStore;
  const email: string;
  const password: string;
  const router: { push(path: string): void };
  const legacy: {
    read(name: string): string | null;
    write(name: string, value: string): void;
    remove(...names: string[]): void;
  };
  const sql: {
    begin<R>(
      work: (transaction: (text: TemplateStringsArray) => Promise<unknown>) => Promise<R>,
    ): Promise<R>;
  };
  const Login: () => null;
  const Home: (properties: { onLeave(): void }) => null;
  function login(email: string, password: string): Promise<TokenResponse>;
  function showLogin(): void;
  function csrfToken(): string;
  function askForPassword(): Promise<TokenResponse | null>;
}
