import { unref } from '../util/time';
import type { Redis, Subscriber } from './client';

/** What is announced: the tokens were written, or the lock was freed; and by which store. */
export type News = 'changed' | 'released';

export interface Listener {
  heard(news: News, from: string): void;
  /**
   * The connection is up, for the first time or again. Redis delivers an announcement at most once,
   * and not to who was away: whatever was announced before is lost.
   */
  missed(): void;
}

/** One connection that listens, open as long as somebody wants to hear. */
export interface Announcements {
  listen(listener: Listener): () => void;
}

/** Hears nothing, and so needs no connection. */
export const NO_ANNOUNCEMENTS: Announcements = { listen: () => () => undefined };

const RETRY_FIRST = 100;
const RETRY_LAST = 30_000;

export const announce = (news: News, from: string): string => `${news} ${from}`;

/**
 * A connection is used until its first fault, and then replaced: so it does not matter how, or
 * whether, the client would have connected again and subscribed again by itself.
 */
export function createAnnouncements(
  redis: Redis,
  channelName: () => Promise<string>,
): Announcements {
  const listeners = new Set<Listener>();
  let close: (() => void) | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;

  function heard(message: string): void {
    const [news, from = ''] = message.split(' ');
    for (const listener of [...listeners]) listener.heard(news as News, from);
  }

  function open(): void {
    let subscriber: Subscriber | undefined;
    let connected = false;
    let over = false;
    const isOver = (): boolean => over;

    const drop = (): void => {
      try {
        subscriber?.end();
      } catch {
        // It had ended before.
      }
    };
    const end = (): void => {
      over = true;
      // An attempt to connect cannot be called off in every version: it is dropped when it is done.
      if (connected) drop();
    };
    const lost = (): void => {
      drop();
      if (isOver()) return;
      over = true;
      close = undefined;
      const pause = Math.min(RETRY_FIRST * 2 ** failures++, RETRY_LAST);
      timer = unref(setTimeout(retry, pause * (0.5 + Math.random())));
    };
    const start = async (): Promise<void> => {
      const channel = await channelName();
      if (isOver()) return;
      subscriber = await redis.duplicate();
      // Before anything else: an 'error' that nobody listens to would end the process.
      for (const event of ['error', 'close', 'end']) subscriber.on(event, lost);
      if (isOver()) return;
      await subscriber.connect();
      connected = true;
      if (isOver()) {
        drop();
        return;
      }
      subscriber.unref();
      await subscriber.subscribe(channel, heard);
      if (isOver()) return;
      failures = 0;
      for (const listener of [...listeners]) listener.missed();
    };
    close = end;
    start().catch(lost);
  }

  function retry(): void {
    timer = undefined;
    open();
  }

  return {
    listen(listener) {
      const entry = { ...listener };
      listeners.add(entry);
      if (!close && !timer) open();
      return () => {
        if (!listeners.delete(entry) || listeners.size > 0) return;
        clearTimeout(timer);
        close?.();
        timer = close = undefined;
        failures = 0;
      };
    },
  };
}
