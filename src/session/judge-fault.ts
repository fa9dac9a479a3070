import { isAxiosError, isCancel } from 'axios';
import { isAuthError, type AuthErrorCode } from '../errors';
import { isRecord, safely } from '../util/values';

/** What a failed refresh call means: the session is over, try again, or neither (G10, G11). */
export type Judgement = 'refused' | 'transient' | 'permanent';

const REFUSED: readonly unknown[] = [400, 401, 403];
const TRANSIENT: readonly unknown[] = [408, 425, 429];

/** A refresh that knows better than its status throws one of these. */
const AUTH_ERRORS: Readonly<Partial<Record<AuthErrorCode, Judgement>>> = {
  ERR_AUTH_SESSION_EXPIRED: 'refused',
  ERR_AUTH_REFRESH_FAILED: 'transient',
};

/** `delay-seconds` of RFC 9110 §10.2.3, and what servers make of it. */
const SECONDS = /^\s*-?\d+(?:\.\d+)?\s*$/;

/** Errors of axios that no second attempt can help, although no answer came. */
const MISUSE = /^ERR_(?:BAD_OPTION|BAD_OPTION_VALUE|INVALID_URL|NOT_SUPPORT|DEPRECATED)$/;
const SYSTEM = /^(?:E[A-Z]+|EAI_AGAIN|UND_ERR_[A-Z_]+)$/;
const FETCH_FAILED = /fetch|network|load failed|connection/i;

/** Judges what `refresh` threw. */
export const judgeFault = (fault: unknown): Judgement => safely(() => judge(fault)) ?? 'permanent';

/** An error that wraps another one, as those of oauth4webapi wrap the answer, means what that one means. */
function judge(fault: unknown, depth = 0): Judgement {
  if (isAuthError(fault)) return AUTH_ERRORS[fault.code] ?? 'permanent';
  const status = statusOf(fault);
  if (status !== undefined) return judgeStatus(status);
  if (isCancel(fault) || !isRecord(fault)) return 'permanent';
  const code = String(fault.code);
  if (isAxiosError(fault)) return MISUSE.test(code) ? 'permanent' : 'transient';
  const { name, message } = fault;
  if (name === 'TimeoutError' || SYSTEM.test(code)) return 'transient';
  if (name === 'TypeError' && FETCH_FAILED.test(String(message))) return 'transient';
  return depth < 3 && isRecord(fault.cause) ? judge(fault.cause, depth + 1) : 'permanent';
}

/** What a status of the auth server means, where no code says otherwise. */
export function judgeStatus(status: number): Judgement {
  if (REFUSED.includes(status)) return 'refused';
  return status >= 500 || TRANSIENT.includes(status) ? 'transient' : 'permanent';
}

/** Errors of axios and ky carry a response, those of ofetch and many SDKs the status itself. */
function statusOf(fault: unknown): number | undefined {
  if (!isRecord(fault)) return undefined;
  const { response, status, statusCode } = fault;
  const found = isRecord(response) ? response.status : (status ?? statusCode);
  return typeof found === 'number' && found > 0 ? found : undefined;
}

/** How long a server wants to be left alone that answered, and cannot now; `undefined` for no answer. */
export function busyFor(fault: unknown): number | undefined {
  return safely(() => statusOf(fault)) === undefined ? undefined : (retryAfter(fault) ?? 0);
}

/** How long the server asks to wait, in milliseconds (RFC 9110 §10.2.3: seconds or a date). */
export function retryAfter(fault: unknown, now: number = Date.now()): number | undefined {
  let value: unknown;
  try {
    const { headers } = (fault as { response: { headers: Record<string, unknown> } }).response;
    const { get } = headers;
    value = typeof get === 'function' ? get.call(headers, 'retry-after') : headers['retry-after'];
  } catch {
    // No answer, no headers, or getters that throw.
  }
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  if (SECONDS.test(String(value))) return Math.max(0, Number(value) * 1000);
  const date = Date.parse(String(value));
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
