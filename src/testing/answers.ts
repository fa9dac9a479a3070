/** Status, body and headers: what axios-mock-adapter's `reply(…)` takes. */
export type MockAnswer = [status: number, body: unknown, headers: Record<string, string>];

/**
 * The answer of an API to an expired token: a 401 with a code in its JSON body.
 *
 * @param code as your server says it; one that is not in the table of `defaultClassify` needs `codes`
 * @example
 * mock.onGet('/profile').replyOnce(...expiredAnswer());
 */
export const expiredAnswer = (code = 'TOKEN_EXPIRED'): MockAnswer => [
  401,
  { code },
  { 'content-type': 'application/json' },
];

/**
 * The answer of an API that speaks OAuth: a `WWW-Authenticate` header with a Bearer challenge, and no body.
 * The status is 403 for `insufficient_scope`, else 401 (RFC 6750 §3.1).
 *
 * @example
 * mock.onGet('/profile').replyOnce(...challengeAnswer());
 * mock.onDelete('/account').replyOnce(
 *   ...challengeAnswer({ error: 'insufficient_scope', scope: 'account:delete' }),
 * );
 */
export function challengeAnswer(
  parameters: Record<string, string> = { error: 'invalid_token' },
): MockAnswer {
  const written = Object.entries(parameters).map(([name, value]) => `${name}="${value}"`);
  const status = parameters.error === 'insufficient_scope' ? 403 : 401;
  return [status, '', { 'www-authenticate': `Bearer ${written.join(', ')}` }];
}
