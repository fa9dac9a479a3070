import axios from 'axios';
import { attachAuthInterceptors, isAuthError } from 'axios-auth-interceptors';
import { fileStore } from 'axios-auth-interceptors/node';

const { API_URL = '', TOKENS_FILE = '', LOGIN = '', PASSWORD = '' } = process.env;
if (!API_URL || !TOKENS_FILE) throw new Error('Set API_URL and TOKENS_FILE.');

const api = axios.create({ baseURL: API_URL });
// Only `signIn` is used of it.
const auth = attachAuthInterceptors(api, {
  tokenStore: fileStore(TOKENS_FILE),
  refresh: () => null,
});

try {
  const credentials = { username: LOGIN, password: PASSWORD };
  const { data } = await api.post('/auth/login', credentials, { skipAuth: true });
  await auth.signIn(data);
} catch (error) {
  if (!axios.isAxiosError(error) || isAuthError(error)) throw error;
  // Not the error itself: printed with all that it holds, it shows the password.
  console.error('Not signed in:', error.response?.status ?? error.code);
  process.exitCode = 1;
}
auth.detach();
