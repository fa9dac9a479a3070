import 'server-only';
import axios from 'axios';
import { attachAuthInterceptors, memoryStore } from 'axios-auth-interceptors';
import { redisStore } from 'axios-auth-interceptors/redis';
import { cookies } from 'next/headers';
import { cache } from 'react';
import { createClient } from 'redis';

/** One connection for the process: Next.js may load this module more than once. */
const connect = () =>
  (globalThis.redis ??= createClient({ url: process.env.REDIS_URL })
    .on('error', (error) => console.error(error.message))
    .connect());

/** The tokens of one session. The lock holds over all processes. */
const openStore = async (id) =>
  redisStore({
    client: await connect(),
    key: `tokens:${id}`,
    // A session that lives for one request needs no connection to listen for changes.
    subscribe: false,
    // As long as a refresh token lives. Whoever has not come back by then is forgotten.
    ttlMs: 30 * 24 * 3_600_000,
  });

/** The API on behalf of who has signed in with this id; without one, on behalf of nobody. */
export async function openApi(id) {
  const { API_URL } = process.env;
  if (!API_URL) throw new Error('Set API_URL to the address of the API.');
  // Visitors without a session must not share a store: what one writes into it would sign in all.
  const tokenStore = id ? await openStore(id) : memoryStore();
  const api = axios.create({ baseURL: API_URL });
  const auth = attachAuthInterceptors(api, {
    tokenStore,
    requireSession: true,
    refresh: async (tokens, { client, signal }) =>
      (await client.post('/auth/refresh', { refreshToken: tokens?.refreshToken }, { signal })).data,
    revoke: (tokens, { client }) =>
      client.post('/auth/logout', { refreshToken: tokens?.refreshToken }),
  });
  return { api, auth };
}

/** For server components and route handlers; one for all components of a page. */
export const getApi = cache(async () => openApi((await cookies()).get('session')?.value));
