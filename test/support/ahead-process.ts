import axios from 'axios';
import { attachAuthInterceptors, memoryStore } from '../../src/index';

/**
 * A process that makes one request with a token that is to be renewed in the background, and has
 * nothing else to do. It says what had happened when it ended.
 */
const way = process.argv[2];
let refreshes = 0;
let answered = false;

// The moment is as early as it can be.
Math.random = () => 0;

const api = axios.create({
  baseURL: 'https://api.example.com',
  adapter: (config) =>
    Promise.resolve({ data: null, status: 200, statusText: 'OK', headers: {}, config }),
});

attachAuthInterceptors(api, {
  refreshAhead: 1e-9,
  tokenStore: memoryStore({ accessToken: 'access-1', expiresAt: Date.now() + 3_600_000 }),
  refreshRetries: 1,
  refresh() {
    refreshes++;
    if (way === 'hangs') return new Promise<never>(() => undefined);
    return Promise.reject(
      Object.assign(new Error('busy'), {
        response: { status: 503, headers: { 'retry-after': '1' } },
      }),
    );
  },
});

async function main(): Promise<void> {
  // The age is measured in fractions of a millisecond; the first look is what it is measured from.
  while (refreshes === 0) {
    await api.get('/');
    await new Promise((resolve) => setImmediate(resolve));
  }
  answered = true;
}

process.on('exit', () => {
  process.stdout.write(JSON.stringify({ answered, refreshes }));
});
void main();
