import axios from 'axios';
import { isAuthError } from 'axios-auth-interceptors';

const SIGNED_OUT = ['ERR_AUTH_SESSION_EXPIRED', 'ERR_AUTH_SIGNED_OUT'];
/** Mistakes of this application: waiting does not help. */
const MISTAKES = ['ERR_AUTH_CONFIG', 'ERR_AUTH_INSECURE_URL'];
const TIMEOUT = ['ECONNABORTED', 'ETIMEDOUT'];

/**
 * Answers every error, and hands none to Express, which would print it with all that it holds: an error
 * of axios holds its request, with the token in the headers and, at the login, the password in the body.
 * Express knows an error handler by its four parameters.
 */
export function answerErrors(error, request, response, _next) {
  const status = statusOf(error);
  console.error(request.method, request.path, status, error?.code ?? '');
  // A mistake of this application. The stack has no properties of the error, and not its cause.
  if (status === 500) console.error(error?.stack);
  // It says what to do and, unlike that of another error, holds no credential.
  else if (isAuthError(error)) console.error(error.message);
  if (response.headersSent) response.destroy();
  else response.status(status).json({ code: error?.code });
}

function statusOf(error) {
  if (isAuthError(error)) {
    if (MISTAKES.includes(error.code)) return 500;
    return SIGNED_OUT.includes(error.code) ? 401 : 503;
  }
  const isUpstream = axios.isAxiosError(error);
  // Errors of `express.json()` have a status as well.
  const status = (isUpstream ? error.response?.status : error?.status) ?? 0;
  if (status >= 400 && status < 500) return status;
  if (!isUpstream) return 500;
  return TIMEOUT.includes(error.code ?? '') ? 504 : 502;
}
