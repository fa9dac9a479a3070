import { createInterface } from 'node:readline';
import axios from 'axios';
import { attachAuthInterceptors, isAuthError } from 'axios-auth-interceptors';
import { fileStore } from 'axios-auth-interceptors/node';

const { API_URL = '', TOKENS_FILE = '' } = process.env;
if (!API_URL || !TOKENS_FILE) throw new Error('Set API_URL and TOKENS_FILE.');

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
    // Leave the job in the queue: it can be done once somebody has signed in again.
    if (isAuthError(error)) console.log(JSON.stringify({ path, retryBecause: error.code }));
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
