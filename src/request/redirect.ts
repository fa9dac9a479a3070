import type { InternalAxiosRequestConfig } from 'axios';
import type { AuthHeader } from './header';
import type { OriginRule } from './origin';

type BeforeRedirect = NonNullable<InternalAxiosRequestConfig['beforeRedirect']>;

/**
 * Keeps the token from an origin that a redirect leads to (G3). axios does so for `Authorization`
 * since 1.12 and never for a header of another name; a subdomain counts as the same host before.
 *
 * The guard goes wherever the config goes: through the dispatch, a spread, a retry. So it carries a note
 * as well, for less than one more property of the config, which axios would check and copy.
 */
export interface RedirectGuard<Note> {
  put(config: InternalAxiosRequestConfig, note: Note): void;
  /** Leaves the config with the `beforeRedirect` of its own. */
  remove(config: InternalAxiosRequestConfig): void;
  noteOf(config: InternalAxiosRequestConfig | undefined): Note | undefined;
}

interface Guard<Note> extends BeforeRedirect {
  by?: RedirectGuard<Note>;
  own?: BeforeRedirect | undefined;
  note?: Note;
}

export function createRedirectGuard<Note>(
  origins: OriginRule,
  header: AuthHeader,
): RedirectGuard<Note> {
  function guardIn(config: InternalAxiosRequestConfig | undefined): Guard<Note> | undefined {
    const given: Guard<Note> | undefined = config?.beforeRedirect;
    return given?.by === guards ? given : undefined;
  }

  const guards: RedirectGuard<Note> = {
    put(config, note) {
      const guard: Guard<Note> = (options, ...details) => {
        if (!origins.allows(String(options.href))) {
          header.strip(options.headers as Record<string, unknown>);
        }
        guard.own?.(options, ...details);
      };
      const earlier = guardIn(config);
      guard.by = guards;
      guard.own = earlier ? earlier.own : config.beforeRedirect;
      guard.note = note;
      config.beforeRedirect = guard;
    },
    remove(config) {
      const guard = guardIn(config);
      if (guard?.own) config.beforeRedirect = guard.own;
      else if (guard) delete config.beforeRedirect;
    },
    noteOf: (config) => guardIn(config)?.note,
  };
  return guards;
}
