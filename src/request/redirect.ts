import type { InternalAxiosRequestConfig } from 'axios';
import type { AuthHeader } from './header';
import type { OriginRule } from './origin';

type BeforeRedirect = NonNullable<InternalAxiosRequestConfig['beforeRedirect']>;

/**
 * Keeps the token from an origin that a redirect leads to (G3). axios does so for `Authorization`
 * since 1.12 and never for a header of another name; a subdomain counts as the same host before.
 */
export function createRedirectGuard(
  origins: OriginRule,
  header: AuthHeader,
): (config: InternalAxiosRequestConfig) => void {
  const guards = new WeakSet<BeforeRedirect>();

  function guardOver(own: BeforeRedirect | undefined): BeforeRedirect {
    const guard: BeforeRedirect = (options, ...details) => {
      if (!origins.allows(String(options.href))) {
        header.strip(options.headers as Record<string, unknown>);
      }
      own?.(options, ...details);
    };
    guards.add(guard);
    return guard;
  }
  const plain = guardOver(undefined);

  return (config) => {
    const own = config.beforeRedirect;
    if (!own) config.beforeRedirect = plain;
    else if (!guards.has(own)) config.beforeRedirect = guardOver(own);
  };
}
