import axios, { type AxiosInstance } from 'axios';
import type { AuthServer } from '../server/index';
import { until } from '../server/client';

export const PASSWORDS: Record<string, string> = { alice: 'wonderland', bob: 'builder' };
export const USERS = Object.keys(PASSWORDS);

/** What a browser does: it keeps the cookies of one user and sends them again. */
export class Browser {
  readonly #http: AxiosInstance;
  readonly #cookies: Map<string, string>;

  /** The same browser, with another process of the application. */
  at(port: number): Browser {
    return new Browser(port, this.#cookies);
  }

  constructor(port: number, cookies = new Map<string, string>()) {
    this.#cookies = cookies;
    this.#http = axios.create({
      baseURL: `http://127.0.0.1:${port}`,
      maxRedirects: 0,
      validateStatus: () => true,
    });
  }

  async signIn(username: string): Promise<void> {
    const credentials = { username, password: PASSWORDS[username] };
    const { status, data } = await this.#send('post', '/login', credentials);
    if (status !== 200) throw new Error(`/login answered ${status}: ${JSON.stringify(data)}`);
  }

  signOut(): Promise<{ status: number; data: unknown }> {
    return this.#send('post', '/logout');
  }

  get(path: string): Promise<{ status: number; data: unknown }> {
    return this.#send('get', path);
  }

  async #send(method: string, url: string, data?: unknown) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await this.#http.request({ method, url, data, headers: { cookie } });
    for (const field of answer.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(field) ?? [];
      this.#cookies.set(name, value);
    }
    return answer;
  }
}

export async function signInAll(portsOf: () => number): Promise<Browser[]> {
  const browsers = USERS.map(() => new Browser(portsOf()));
  await Promise.all(USERS.map((username, index) => browsers[index]!.signIn(username)));
  return browsers;
}

/** What the users saw in the answers to their parallel requests at one expiry: a status and a name each. */
export async function meetExpiry(
  server: AuthServer,
  requests: (() => Promise<{ status: number; data: unknown }>)[],
): Promise<string[]> {
  const before = server.stats.unauthorized;
  server.controls.expireAllAccessTokens();
  server.controls.hold();
  const answers = Promise.all(requests.map((request) => request()));
  // Every request has been refused with the old token before anybody gets a new one.
  await until(() => server.stats.unauthorized >= before + requests.length);
  server.controls.release();
  return (await answers).map(({ status, data }) => `${status} ${nameIn(data)}`);
}

function nameIn(data: unknown): string {
  const found = /"username":"(\w+)"|user: (\w+)/.exec(
    typeof data === 'string' ? data : JSON.stringify(data),
  );
  return found?.[1] ?? found?.[2] ?? JSON.stringify(data);
}

/** Five times each user. */
export const EXPECTED = USERS.flatMap((name) => Array<string>(5).fill(`200 ${name}`));
