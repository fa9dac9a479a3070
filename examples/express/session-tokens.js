import { promisify } from 'node:util';

/**
 * A token store in the session store of express-session, in a record beside the session: each request
 * writes its session as a whole when it ends, and would write old tokens over new ones. It is read for
 * each upstream request, so that a long request sees what others have stored meanwhile.
 */
export function sessionTokens({ session, sessionID, sessionStore }) {
  const call = (method, ...values) =>
    promisify(sessionStore[method]).call(sessionStore, `tokens:${sessionID}`, ...values);
  return {
    get: async () => (await call('get'))?.tokens ?? null,
    // Session stores take the lifetime of a record from its cookie.
    set: (tokens) => call('set', { cookie: session.cookie, tokens }),
    clear: () => call('destroy'),
  };
}
