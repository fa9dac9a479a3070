import type { AxiosInstance, AxiosResponse } from 'axios';
import type { Challenge } from '../response/challenges';
import type { Tokens } from '../tokens';
import type { Awaitable } from '../util/awaitable';
import type { RenewalHost } from './renewal';
import type { TokenSnapshot } from './session';
import type { Input, SessionState } from './state';

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

/** What a step-up uses of its session. */
export interface StepUpSession extends Pick<
  RenewalHost,
  'options' | 'events' | 'storage' | 'lifetimes' | 'revoke'
> {
  readonly client: () => AxiosInstance;
  readonly state: SessionState;
  readonly renewal: { readonly released: Promise<void> } | undefined;
  /** Aborts when the session becomes another one. */
  readonly epochController: AbortController;
  look(): Awaitable<Tokens | null>;
  checkEpoch(epoch: number): void;
  apply(input: Input): Promise<void>;
}
