import type { AxiosInstance, AxiosResponse } from 'axios';
import type { ResolvedOptions } from '../options';
import type { Challenge } from '../response/challenges';
import type { Tokens } from '../tokens';
import type { Awaitable } from '../util/awaitable';
import type { Events } from './events';
import type { Lifetimes } from './lifetime';
import type { TokenSnapshot } from './session';
import type { Input, SessionState } from './state';
import type { TokenStorage } from './token-storage';

/** What `stepUp(handler)` of `axios-auth-interceptors/step-up` returns, for the option of that name. */
export interface StepUp {
  /** The challenge among these that a better token answers. */
  challengeIn(challenges: readonly Challenge[], status: number): Challenge | undefined;
  /** Starts a runner for one session. */
  start(session: StepUpSession): StepUpRunner;
}

/** Resolves with true when the request can be sent again, with false when its answer is to be handed on. */
export type StepUpRunner = (
  sent: TokenSnapshot,
  challenge: Challenge,
  response: AxiosResponse,
  attempt: number,
) => Promise<boolean>;

/**
 * What a step-up uses of its session. Parts of its classes, not the classes: each entry has types of its own,
 * and TypeScript takes two classes with private fields for different ones.
 */
export interface StepUpSession {
  readonly options: Pick<ResolvedOptions, 'tokenStore' | 'refreshTimeout' | 'headerName'>;
  readonly events: Pick<Events, 'emit' | 'log' | 'logFault'>;
  readonly storage: Pick<TokenStorage, 'read' | 'write'>;
  readonly lifetimes: Pick<Lifetimes, 'received'>;
  readonly client: () => AxiosInstance;
  readonly state: Pick<SessionState, 'phase' | 'tokens'>;
  readonly renewal: { readonly released: Promise<void> } | undefined;
  /** Aborts when the session becomes another one. */
  readonly epochController: AbortController;
  look(): Awaitable<Tokens | null>;
  checkEpoch(epoch: number): void;
  apply(input: Extract<Input, { type: 'stepped-up' }>): Promise<void>;
  revoke(tokens: Tokens): Promise<void>;
}
