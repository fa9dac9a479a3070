import type { ResolvedOptions } from '../options';
import type { Core } from './core';

/** Takes note of what others do to the store, where it tells (G29). Returns how to stop. */
export function watchStore(core: Core, { tokenStore }: ResolvedOptions): () => void {
  const { herald, redactor } = core;
  const report = (fault: unknown): void => {
    herald.log('warn', 'The token store could not tell of a change.', redactor.error(fault));
  };
  const look = async (): Promise<void> => {
    const { renewal } = core;
    renewal?.look();
    await renewal?.released;
    await core.look();
  };
  try {
    const stop: unknown = tokenStore.subscribe?.(() => {
      look().catch(report);
    });
    if (typeof stop === 'function') return stop as () => void;
    Promise.resolve(stop).catch(report);
    return () => undefined;
  } catch (fault) {
    report(fault);
    return () => undefined;
  }
}

/** Who listens wants to know the status: at once where the store is synchronous, else by an event. */
export async function firstLook({ look }: Core): Promise<void> {
  try {
    await look();
  } catch {
    // The first request meets the same fault, and has somebody to tell.
  }
}
