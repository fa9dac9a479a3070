import { createInterface } from 'node:readline';
import axios from 'axios';
import { attachAuthInterceptors, isAuthError } from 'axios-auth-interceptors';
import { fileStore } from 'axios-auth-interceptors/node';

const { API_URL = '', TOKENS_FILE = '' } = process.env;
if (!API_URL || !TOKENS_FILE) throw new Error('Set API_URL and TOKENS_FILE.');

/** Mistakes of this program, the same for each job. */
const MISTAKES = ['ERR_AUTH_CONFIG', 'ERR_AUTH_INSECURE_URL'];

const api = axios.create({ baseURL: API_URL });

// One session for the process. Several workers may share the file: they renew one at a time.
const auth = attachAuthInterceptors(api, {
  tokenStore: fileStore(TOKENS_FILE),
  // With an emptied store, jobs stop here instead of meeting a bare 401 each.
  requireSession: true,
  refresh: async (tokens, { client, signal }) =>
    (await client.post('/auth/refresh', { refreshToken: tokens?.refreshToken }, { signal })).data,
});

async function run(path) {
  try {
    const { data } = await api.get(path);
    console.log(JSON.stringify({ path, username: data.username }));
  } catch (error) {
    if (isAuthError(error) && !MISTAKES.includes(error.code)) {
      // Leave the job in the queue: it can be done later, or once somebody has signed in again.
      const { code, message } = error;
      console.log(JSON.stringify({ path, retryBecause: code, message }));
    }
    // The worker ends, and prints what to do: an AuthError holds no credential.
    else if (isAuthError(error)) throw error;
    // Not the error itself: printed with all that it holds, an error of axios shows the token.
    else if (axios.isAxiosError(error)) console.error(path, error.response?.status ?? error.code);
    else throw error;
  }
}

// The queue of this example: one path a line.
const jobs = [];
for await (const path of createInterface({ input: process.stdin })) jobs.push(run(path));
await Promise.all(jobs);
auth.detach();
