import { promisify } from 'node:util';
import axios from 'axios';
import { attachAuthInterceptors, oncePerToken } from 'axios-auth-interceptors';
import express from 'express';
import session from 'express-session';
import { answerErrors } from './answer-errors.js';
import { sessionTokens } from './session-tokens.js';

const { API_URL = '', PORT = '3000', REDIS_URL, SESSION_SECRET = '' } = process.env;
if (!API_URL) throw new Error('Set API_URL to the address of the API.');
if (!SESSION_SECRET) throw new Error('Set SESSION_SECRET to a long random text.');

// For several processes: see redis.js.
const redis = REDIS_URL && (await import('./redis.js'));
const tokensOf = redis ? redis.redisTokens : sessionTokens;

// Once for the process: requests of one user that meet the same expiry share one refresh.
const refresh = oncePerToken(
  async (tokens, { client, signal }) =>
    (await client.post('/auth/refresh', { refreshToken: tokens?.refreshToken }, { signal })).data,
);

/** The API on behalf of the user of a request, until the response is closed. */
function openApi(request, response) {
  const api = axios.create({ baseURL: API_URL });
  const auth = attachAuthInterceptors(api, {
    tokenStore: tokensOf(request),
    requireSession: true,
    refresh,
    revoke: (tokens, { client }) =>
      client.post('/auth/logout', { refreshToken: tokens?.refreshToken }),
  });
  response.on('close', () => auth.detach());
  return { api, auth };
}

const app = express();
app.use(
  session({
    ...(redis && { store: redis.sessionStore }),
    secret: SESSION_SECRET,
    resave: false,
    saveUninitialized: false,
    cookie: { sameSite: 'lax', secure: process.env.NODE_ENV !== 'development' },
  }),
);

app.post('/login', express.json(), async (request, response) => {
  const { username, password } = request.body;
  const credentials = { username, password };
  const { data } = await axios.post('/auth/login', credentials, { baseURL: API_URL });
  // First a new id, so that nobody can know it from before; then the store, which is named after it.
  await promisify(request.session.regenerate).call(request.session);
  // Without anything in it the session is not saved, and no cookie is set.
  request.session.user = username;
  await openApi(request, response).auth.signIn(data);
  response.json({ username });
});

app.get('/profile', async (request, response) => {
  const { data } = await openApi(request, response).api.get('/profile');
  response.json(data);
});

app.post('/logout', async (request, response) => {
  // First the tokens, while the session that names them is there.
  await openApi(request, response).auth.signOut();
  await promisify(request.session.destroy).call(request.session);
  response.status(204).end();
});

app.use(answerErrors);

const server = app.listen(Number(PORT), () => console.log('listening on', server.address()));
