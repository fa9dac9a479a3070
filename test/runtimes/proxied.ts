/**
 * A program for a runtime whose environment names a proxy: two requests with a token to loopback. It prints
 * what became of each.
 */
export const PROXIED = `
import axios from 'axios';
import { attachAuthInterceptors, memoryStore } from 'axios-auth-interceptors';
import { createAuthFetch } from 'axios-auth-interceptors/fetch';

const baseURL = process.argv.at(-1);
const api = axios.create({ baseURL, adapter: 'fetch' });
const auth = attachAuthInterceptors(api, {
  tokenStore: memoryStore({ accessToken: 'access-1' }),
  refresh: () => null,
});
const calls = [() => api.get('/a'), () => createAuthFetch(auth, { allowedOrigins: [baseURL] })(baseURL)];
for (const call of calls) {
  const [settled] = await Promise.allSettled([call()]);
  console.log(settled.reason?.code ?? settled.value.status);
}
`;
