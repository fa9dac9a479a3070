import { promisify } from 'node:util';
import axios from 'axios';
import { attachAuthInterceptors, isAuthError, oncePerToken } from 'axios-auth-interceptors';
import express from 'express';
import session from 'express-session';
import { sessionTokens } from './session-tokens.js';

const { API_URL, PORT = '3000', REDIS_URL, SESSION_SECRET = 'change me' } = process.env;
const redis = REDIS_URL && (await import('./redis.js'));
const tokensOf = redis ? redis.redisTokens : sessionTokens;

// Once for the process: requests of one user that meet the same expiry share one refresh.
const refresh = oncePerToken(
  async (tokens, { client, signal }) =>
    (await client.post('/auth/refresh', { refreshToken: tokens?.refreshToken }, { signal })).data,
);

/** The API on behalf of the user of a request. */
function openApi(request) {
  const api = axios.create({ baseURL: API_URL });
  const auth = attachAuthInterceptors(api, {
    tokenStore: tokensOf(request),
    requireSession: true,
    refresh,
    revoke: (tokens, { client }) =>
      client.post('/auth/logout', { refreshToken: tokens?.refreshToken }),
  });
  return { api, auth };
}

const app = express();
app.use(
  session({
    ...(redis && { store: redis.sessionStore }),
    secret: SESSION_SECRET,
    resave: false,
    saveUninitialized: false,
    cookie: { sameSite: 'lax', secure: process.env.NODE_ENV === 'production' },
  }),
);
app.use((request, response, next) => {
  request.upstream = openApi(request);
  response.on('close', () => request.upstream.auth.detach());
  next();
});

app.post('/login', express.json(), async (request, response) => {
  const { username, password } = request.body;
  const credentials = { username, password };
  const { data } = await axios.post('/auth/login', credentials, { baseURL: API_URL });
  // A new id, so that nobody can know it from before; the tokens belong to it.
  await promisify(request.session.regenerate).call(request.session);
  request.session.username = username;
  await openApi(request).auth.signIn(data);
  response.json({ username });
});

app.post('/logout', async (request, response) => {
  await request.upstream.auth.signOut();
  await promisify(request.session.destroy).call(request.session);
  response.status(204).end();
});

app.get('/profile', async (request, response) => {
  const { data } = await request.upstream.api.get('/profile');
  request.session.views = (request.session.views ?? 0) + 1;
  response.json(data);
});

// Express knows an error handler by its four parameters.
app.use((error, _request, response, _next) => {
  const isSignedOut =
    isAuthError(error) && ['ERR_AUTH_SIGNED_OUT', 'ERR_AUTH_SESSION_EXPIRED'].includes(error.code);
  response.status(isSignedOut ? 401 : 502).json({ code: error.code });
});

const server = app.listen(Number(PORT), () => console.log(`listening on ${server.address().port}`));
