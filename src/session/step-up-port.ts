import type { AxiosInstance, AxiosResponse } from 'axios';
import type { Challenge } from '../response/challenges';
import type { Tokens } from '../tokens';
import type { Events } from './events';
import type { Secrets } from './secrets';
import type { TokenSnapshot } from './state';

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
) => Promise<boolean>;

/** What a step-up asks of its session. */
export interface StepUpSession {
  readonly events: Events;
  readonly secrets: Secrets;
  /** Aborts when the session becomes another one. */
  readonly endOfEpoch: AbortSignal;
  readonly epoch: number;
  readonly client: () => AxiosInstance;
  checkEpoch(epoch: number): void;
  /** For an answer that came when the session was over. */
  revokeAnswer(answer: unknown, replaced: Tokens): void;
  /** The tokens as the store has them now; rejects when the epoch is over, or nobody is signed in. */
  tokensOf(epoch: number): Promise<Tokens>;
  /** Stores what the step-up gave, over the tokens of that epoch. `released`: the lock was given back. */
  replaceTokens(
    answer: unknown,
    epoch: number,
  ): { stored: Promise<Tokens>; released: Promise<void> };
}
