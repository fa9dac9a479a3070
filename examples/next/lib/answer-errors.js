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
      // It says what to do and, unlike that of another error, holds no credential.
      if (isAuthError(error)) console.error(error.message);
      return Response.json({ code: error.code }, { status: statusOf(error) });
    }
  };

const SIGNED_OUT = ['ERR_AUTH_SESSION_EXPIRED', 'ERR_AUTH_SIGNED_OUT'];
/** Mistakes of this application: waiting does not help. */
const MISTAKES = ['ERR_AUTH_CONFIG', 'ERR_AUTH_INSECURE_URL'];

function statusOf(error) {
  if (isAuthError(error)) {
    if (MISTAKES.includes(error.code)) return 500;
    return SIGNED_OUT.includes(error.code) ? 401 : 503;
  }
  const status = error.response?.status;
  return status >= 400 && status < 500 ? status : 502;
}
