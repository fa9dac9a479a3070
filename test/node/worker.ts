import axios from 'axios';
import { attachAuthInterceptors, isAuthError, type TokenResponse } from '../../src/index';
import { fileStore } from '../../src/node/index';

/** What a test asks of a worker process, one at a time. */
export type Order =
  | { do: 'start'; server: string; file: string; lease?: number; refreshTimeout?: number }
  | { do: 'request'; count: number }
  | { do: 'signIn'; tokens: TokenResponse }
  | { do: 'signOut' }
  | { do: 'status' }
  | { do: 'events' };

const api = axios.create();
let auth: ReturnType<typeof start>;
const events: string[] = [];

function start({ server, file, lease, refreshTimeout = 30_000 }: Order & { do: 'start' }) {
  api.defaults.baseURL = server;
  const session = attachAuthInterceptors(api, {
    tokenStore: fileStore(file, lease === undefined ? {} : { lease }),
    refreshTimeout,
    // The tests expire more often within seconds than any server does.
    refreshLimit: false,
    refresh: async (tokens, { client }) =>
      (await client.post<TokenResponse>('/auth/refresh', { refreshToken: tokens?.refreshToken }))
        .data,
  });
  session.subscribe(({ type }) => events.push(type));
  return session;
}

async function requestOnce(): Promise<number | string> {
  try {
    return (await api.get('/profile')).status;
  } catch (error) {
    if (isAuthError(error)) return error.code;
    return axios.isAxiosError(error) ? (error.response?.status ?? error.message) : String(error);
  }
}

async function obey(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'start':
      auth = start(order);
      return undefined;
    case 'request':
      return Promise.all(Array.from({ length: order.count }, requestOnce));
    case 'signIn':
      return auth.signIn(order.tokens);
    case 'signOut':
      return auth.signOut();
    case 'status':
      return auth.status;
    case 'events':
      return events;
  }
}

process.on('message', (order: Order) => {
  void obey(order).then((answer) => process.send?.({ answer: answer ?? null }));
});
