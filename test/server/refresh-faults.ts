import type { Response } from 'express';
import { pause, whileConnected } from './pause';
import { Problem } from './problems';

export interface RefreshFailureOptions {
  /** Seconds, sent as Retry-After. */
  readonly retryAfter?: number;
  readonly code?: string;
}

interface Failure extends RefreshFailureOptions {
  remaining: number;
  readonly status: number;
}

interface Gate {
  readonly opened: Promise<void>;
  readonly open: () => void;
}

function createGate(): Gate {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** `before`: the refresh never happened. `after`: it rotated, and only the answer is lost. */
export type DropMoment = 'before' | 'after';

/** What tests make go wrong with POST /auth/refresh. */
export class RefreshFaults {
  #gate: Gate | undefined;
  #delay = 0;
  #failure: Failure | undefined;
  #drops: Record<DropMoment, number> = { before: 0, after: 0 };

  hold(): void {
    this.#gate ??= createGate();
  }

  release(): void {
    this.#gate?.open();
    this.#gate = undefined;
  }

  delay(ms: number): void {
    this.#delay = ms;
  }

  fail(times: number, status: number, options: RefreshFailureOptions): void {
    this.#failure = { ...options, remaining: times, status };
  }

  drop(times: number, moment: DropMoment): void {
    this.#drops[moment] = times;
  }

  clear(): void {
    this.release();
    this.#delay = 0;
    this.#failure = undefined;
    this.#drops = { before: 0, after: 0 };
  }

  /** False when the client has gone, or just lost its connection here. */
  async pass(res: Response): Promise<boolean> {
    if (this.#gate !== undefined && !(await whileConnected(res, this.#gate.opened))) return false;
    if (!(await pause(res, this.#delay))) return false;
    if (this.dropped(res, 'before')) return false;
    this.#throwFailure();
    return true;
  }

  dropped(res: Response, moment: DropMoment): boolean {
    if (this.#drops[moment] <= 0) return false;
    this.#drops[moment] -= 1;
    res.socket?.destroy();
    return true;
  }

  #throwFailure(): void {
    const failure = this.#failure;
    if (failure === undefined || failure.remaining <= 0) return;
    failure.remaining -= 1;
    const { status, code = 'SERVICE_UNAVAILABLE', retryAfter } = failure;
    const retry = retryAfter === undefined ? {} : { retryAfter };
    throw new Problem({ status, code, message: 'Injected failure', ...retry });
  }
}
