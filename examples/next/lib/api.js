import 'server-only';
import axios from 'axios';
import { attachAuthInterceptors } from 'axios-auth-interceptors';
import { redisStore } from 'axios-auth-interceptors/redis';
import { cookies } from 'next/headers';
import { cache } from 'react';
import { createClient } from 'redis';

/** One connection for the process: Next.js may load this module more than once. */
const connect = () =>
  (globalThis.redis ??= createClient({ url: process.env.REDIS_URL })
    .on('error', (error) => console.error(error.message))
    .connect());

/** The API on behalf of one signed-in user. The lock of the store holds over all processes. */
export async function openApi(id) {
  const tokenStore = redisStore({
    client: await connect(),
    key: `tokens:${id}`,
    // A session that lives for one request needs no connection to listen for changes.
    subscribe: false,
    // As long as a refresh token lives. Whoever has not come back by then is forgotten.
    ttlMs: 30 * 24 * 3_600_000,
  });
  const api = axios.create({ baseURL: process.env.API_URL });
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
export const getApi = cache(async () =>
  openApi((await cookies()).get('session')?.value ?? 'nobody'),
);
