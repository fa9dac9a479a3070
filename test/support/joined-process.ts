import axios from 'axios';
import { attachAuthInterceptors, memoryStore } from '../../src/index';
import type { Tokens } from '../../src/index';

/**
 * A process in which a request joins a renewal that was begun in the background, and that has nothing
 * else to do. It says what had happened when it ended.
 */
const way = process.argv[2];
/** What joins it. @default a request */
const call = process.argv[3];
let refreshes = 0;
let isOver = false;
let outcome = 'pending';

// The moment is as early as it can be.
Math.random = () => 0;

const api = axios.create({
  baseURL: 'https://api.example.com',
  validateStatus: null,
  adapter: (config) => {
    const isDead = isOver && String(config.headers.get('Authorization')).includes('access-1');
    const data = isDead ? { code: 'TOKEN_EXPIRED' } : null;
    return Promise.resolve({
      data,
      status: isDead ? 401 : 200,
      statusText: '',
      headers: {},
      config,
    });
  },
});

const auth = attachAuthInterceptors(api, {
  refreshAhead: 1e-9,
  refreshTimeout: way === 'hangs' ? 2_000 : 20_000,
  tokenStore: memoryStore({ accessToken: 'access-1', expiresAt: Date.now() + 3_600_000 }),
  refresh(): Promise<Tokens> {
    refreshes++;
    if (way === 'hangs') return new Promise(() => undefined);
    // Nothing of the application keeps the process alive.
    return new Promise((resolve) => {
      setTimeout(() => {
        resolve({ accessToken: 'access-2' });
      }, 500).unref();
    });
  },
});

process.on('exit', () => {
  process.stdout.write(JSON.stringify({ outcome, refreshes }));
});

async function main(): Promise<void> {
  // The age is measured in fractions of a millisecond; the first look is what it is measured from.
  while (refreshes === 0) {
    await api.get('/');
    await new Promise((resolve) => setImmediate(resolve));
  }
  isOver = true;
  if (way === 'expires') {
    const { now } = Date;
    Date.now = () => now() + 7_200_000;
  }
  try {
    if (call === 'getAccessToken') await auth.getAccessToken({ minValidity: 1e12 });
    else if (call === 'refresh') await auth.refresh();
    outcome = String((await api.get('/')).status);
  } catch (error) {
    outcome = String((error as { code?: string }).code);
  }
}
void main();
