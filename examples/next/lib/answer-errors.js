import axios from 'axios';
import { isAuthError } from 'axios-auth-interceptors';

/**
 * A route handler that answers errors of the API. Next.js would print what is thrown with all that it
 * holds: an error of axios holds the token and, at the login, the password.
 */
export const answerErrors =
  (handler) =>
  async (...given) => {
    try {
      return await handler(...given);
    } catch (error) {
      if (!axios.isAxiosError(error)) throw error;
      return Response.json({ code: error.code }, { status: statusOf(error) });
    }
  };

function statusOf(error) {
  const isSignedOut = ['ERR_AUTH_SESSION_EXPIRED', 'ERR_AUTH_SIGNED_OUT'].includes(error.code);
  if (isAuthError(error)) return isSignedOut ? 401 : 503;
  const status = error.response?.status;
  return status >= 400 && status < 500 ? status : 502;
}
