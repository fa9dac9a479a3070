import type { Tokens } from '../tokens';
import { settleWithin } from '../util/time';
import type { RenewalHost } from './renewal';

/** How long a sign-out waits for the auth server, in milliseconds. */
const TIMEOUT = 5_000;

/**
 * Tells the auth server that tokens are not used any more (RFC 7009). Its faults are only logged.
 *
 * @param tokens `null` for a session that only a cookie knows of
 */
export async function revokeTokens(
  { options: { revoke }, client, events }: Pick<RenewalHost, 'options' | 'client' | 'events'>,
  tokens: Tokens | null,
): Promise<void> {
  if (!revoke) return;
  const controller = new AbortController();
  const { signal } = controller;
  try {
    await settleWithin(TIMEOUT, () => revoke(tokens, { client: client(), signal }));
  } catch (fault) {
    controller.abort();
    const message = 'The tokens are forgotten here, and could not be revoked at the auth server.';
    events.logFault('warn', message, fault);
  }
}
