import { getAdapter, isAxiosError } from 'axios';
import type { AxiosAdapter } from 'axios';
import type { AuthEvent } from '../../src/index';
import type { Chapter, Exchange, RefreshRecord, RequestRecord } from './records';

/** Every request of the demo names itself, and the server gives the same to each attempt. */
export const ID_HEADER = 'X-Request-Id';

export const REFRESH_PATH = '/auth/refresh';

/** In milliseconds, and long enough for the slowest machine: who waits longer waits for ever. */
export const PATIENCE = 30_000;

/** Writes down what happens, from outside of the library: around the adapter, and by its events. */
export class Recorder {
  readonly chapters: Chapter[] = [];
  readonly #origin = performance.now();
  readonly #requests = new Map<string, RequestRecord>();
  readonly #watchers = new Set<() => void>();
  #refreshes = 0;
  #refresh: RefreshRecord | undefined;

  now(): number {
    return Math.round((performance.now() - this.#origin) * 10) / 10;
  }

  begin(title: string, text: string): Chapter {
    const chapter = { title, text, startedAt: this.now(), requests: [], refreshes: [] };
    this.chapters.push(chapter);
    return chapter;
  }

  add(record: RequestRecord): void {
    this.#requests.set(record.id, record);
    this.chapters.at(-1)?.requests.push(record);
  }

  /** The renewal that is under way. */
  get refreshing(): RefreshRecord | undefined {
    return this.#refresh;
  }

  /** The adapter of axios for Node, with a notebook. */
  readonly adapter: AxiosAdapter = async (config) => {
    const exchange: Exchange = { sentAt: this.now(), answeredAt: null, status: null };
    this.#exchangesOf(config.url, config.headers.get(ID_HEADER)).push(exchange);
    this.#changed();
    try {
      const response = await getAdapter('http')(config);
      exchange.status = response.status;
      return response;
    } catch (error) {
      exchange.status = (isAxiosError(error) && error.response?.status) || null;
      throw error;
    } finally {
      exchange.answeredAt = this.now();
      this.#changed();
    }
  };

  readonly onEvent = (event: AuthEvent): void => {
    if (event.type === 'refreshing') this.#openRefresh().reason = event.reason;
    else if (event.type === 'refreshed') this.#closeRefresh('refreshed');
    else if (event.type === 'refresh-failed') this.#closeRefresh('failed');
    else this.#closeRefresh('thrown away');
    this.#changed();
  };

  /** Waits for something to be written down; not for ever, so that the verdict tells what failed. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        resolve();
      };
      const look = (): void => {
        if (condition()) finish();
      };
      const timer = setTimeout(finish, PATIENCE);
      this.#watchers.add(look);
      look();
    });
  }

  #exchangesOf(url: string | undefined, id: unknown): Exchange[] {
    if (url === REFRESH_PATH) return this.#openRefresh().exchanges;
    return this.#requests.get(String(id))?.exchanges ?? [];
  }

  /** The event and the first call come in either order. */
  #openRefresh(): RefreshRecord {
    if (this.#refresh) return this.#refresh;
    this.#refresh = {
      number: ++this.#refreshes,
      reason: '',
      startedAt: this.now(),
      endedAt: null,
      exchanges: [],
      outcome: 'pending',
    };
    this.chapters.at(-1)?.refreshes.push(this.#refresh);
    return this.#refresh;
  }

  #closeRefresh(outcome: RefreshRecord['outcome']): void {
    if (!this.#refresh) return;
    this.#refresh.outcome = outcome;
    this.#refresh.endedAt = this.now();
    this.#refresh = undefined;
  }

  #changed(): void {
    for (const look of [...this.#watchers]) look();
  }
}
