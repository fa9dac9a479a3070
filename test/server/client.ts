import axios, { type AxiosInstance, type AxiosRequestConfig, type AxiosResponse } from 'axios';
import type { AuthServer } from './index';

export { until } from '../support/until';

export interface TokenAnswer {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresIn: number;
  readonly tokenType: string;
}

const PASSWORDS: Readonly<Record<string, string>> = {
  alice: 'wonderland',
  bob: 'builder',
  carol: 'suspended',
  dave: 'inactive',
};

/** A bare client for the server's own tests: every status is an answer, nothing is automatic. */
export class TestClient {
  readonly http: AxiosInstance;

  constructor(server: AuthServer) {
    this.http = axios.create({
      baseURL: server.url,
      proxy: false,
      maxRedirects: 0,
      validateStatus: () => true,
    });
  }

  tryLogin(username: string, password = PASSWORDS[username]): Promise<AxiosResponse> {
    return this.http.post('/auth/login', { username, password });
  }

  async login(username = 'alice'): Promise<TokenAnswer> {
    const { data, status } = await this.tryLogin(username);
    if (status !== 200) throw new Error(`Login answered ${status}`);
    return data as TokenAnswer;
  }

  refresh(refreshToken?: string, config?: AxiosRequestConfig): Promise<AxiosResponse> {
    return this.http.post('/auth/refresh', { refreshToken }, config);
  }

  get(path: string, accessToken?: string): Promise<AxiosResponse> {
    return this.http.get(path, accessToken === undefined ? {} : bearer(accessToken));
  }

  profile(accessToken?: string): Promise<AxiosResponse> {
    return this.get('/profile', accessToken);
  }
}

export function bearer(accessToken: string): AxiosRequestConfig {
  return { headers: { Authorization: `Bearer ${accessToken}` } };
}
