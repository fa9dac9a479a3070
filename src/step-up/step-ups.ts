import type { AxiosResponse } from 'axios';
import type { Challenge } from '../response/challenges';
import { AsyncScope } from '../session/async-scope';
import { signedOutError } from '../errors';
import type { TokenSnapshot } from '../session/session';
import type { StepUpSession } from '../session/step-up-port';
import { withStoreLock } from '../session/store-lock';
import { receiveTokens, type TokenResponse, type Tokens } from '../tokens';
import { deferred } from '../util/awaitable';
import { steadyNow } from '../util/time';
import type { StepUpHandler } from './index';

/** One challenge that the handler is asked about, for all requests that met it. */
interface Question {
  readonly key: string;
  readonly challenge: Challenge;
  readonly sent: TokenSnapshot;
  readonly response: AxiosResponse;
  held: number;
}

const SETTLED = 'the caller gets the answer.';

/** The step-ups of one session: one after another, so that no user is asked two questions at once. */
export class StepUps {
  readonly #session: StepUpSession;
  readonly #handler: StepUpHandler;
  readonly #timeout: number;
  readonly #open = new Map<string, { question: Question; answer: Promise<boolean> }>();
  /** A request that the handler itself makes must not wait for the step-up that it is a part of. */
  readonly #scopes = new Set<AsyncScope>();
  /** The token that a challenge was answered with: raised again, it cannot be answered that way. */
  #answered: { token: string; key: string } | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(session: StepUpSession, handler: StepUpHandler, timeout: number) {
    this.#session = session;
    this.#handler = handler;
    this.#timeout = timeout;
  }

  /** True when there are other tokens to send the request with; false to hand its answer on. */
  async ask(
    sent: TokenSnapshot,
    challenge: Challenge,
    response: AxiosResponse,
    attempt: number,
  ): Promise<boolean> {
    const key = JSON.stringify([sent.epoch, challenge]);
    const isInside = [...this.#scopes].some((scope) => scope.isInside());
    // Sent again with the answer to this very challenge: it cannot be met that way.
    const { key: answered, token } = this.#answered ?? {};
    const isAnswered = attempt > 1 && answered === key && token === sent.token;
    if (isInside || isAnswered) return false;
    const known = this.#open.get(key);
    if (known) {
      known.question.held++;
      return known.answer;
    }
    const question: Question = { key, challenge, sent, response, held: 1 };
    const answer = this.#last.then(() => this.#settle(question));
    this.#open.set(key, { question, answer });
    this.#last = answer.catch(() => undefined).finally(() => this.#open.delete(key));
    return answer;
  }

  async #settle(question: Question): Promise<boolean> {
    const { sent } = question;
    const session = this.#session;
    session.checkEpoch(sent.epoch);
    const tokens = await session.look();
    session.checkEpoch(sent.epoch);
    if (!tokens) throw signedOutError();
    if (tokens.accessToken !== sent.token) return true;

    const controller = new AbortController();
    const { signal } = controller;
    const abort = (): void => {
      controller.abort();
    };
    const endOfEpoch = session.epochController.signal;
    const timer = setTimeout(abort, this.#timeout);
    endOfEpoch.addEventListener('abort', abort);
    const answered = this.#answer(question, tokens, signal);
    // What comes when the time is over is stored all the same, and nobody waits for it.
    answered.catch(() => undefined);
    return Promise.race([answered, this.#givenUp(question, signal)]).finally(() => {
      clearTimeout(timer);
      endOfEpoch.removeEventListener('abort', abort);
    });
  }

  async #answer(question: Question, tokens: Tokens, signal: AbortSignal): Promise<boolean> {
    const session = this.#session;
    const { key, sent } = question;
    const startedAt = steadyNow();
    const { found } = await this.#call(question, tokens, signal);
    if (!found) return false;
    const { stored, released } = this.#replaceTokens(found, sent.epoch);
    const { accessToken } = await stored.catch((error: unknown) => {
      // Where the session was signed out meanwhile, what the user has just got must not stay good.
      this.#revoke(found, tokens);
      throw error;
    });
    this.#answered = { token: accessToken, key };
    const ms = Math.round(steadyNow() - startedAt);
    const event = { type: 'refreshed', ms, attempts: 1, held: question.held } as const;
    void released.then(() => session.events.emit(event));
    return true;
  }

  async #call(
    { challenge, response }: Question,
    tokens: Tokens,
    signal: AbortSignal,
  ): Promise<{ found?: TokenResponse | null | undefined }> {
    const { client, events } = this.#session;
    const scope = new AsyncScope();
    this.#scopes.add(scope);
    try {
      const context = { client: client(), signal, tokens: { ...tokens }, response };
      return { found: await scope.run(() => this.#handler(challenge, context)) };
    } catch (fault) {
      events.logFault('error', `The step-up handler failed; ${SETTLED}`, fault);
      return {};
    } finally {
      this.#scopes.delete(scope);
    }
  }

  /** Stores what the step-up gave, under the lock. `released`: the lock was given back. */
  #replaceTokens(
    answer: unknown,
    epoch: number,
  ): { stored: Promise<Tokens>; released: Promise<void> } {
    const { options, renewal } = this.#session;
    const { promise: stored, resolve, reject } = deferred<Tokens>();
    const controller = new AbortController();
    const write = async (): Promise<void> => {
      await this.#store(answer, epoch).then(resolve, reject);
      // Whoever waited in vain for the lock need not go on.
      controller.abort();
    };
    // After the renewal in flight, so that the refresh token that it brings is not lost.
    const released = Promise.resolve(renewal?.released).then(() =>
      withStoreLock(
        options.tokenStore,
        write,
        options.refreshTimeout,
        controller.signal,
        () => undefined,
      ),
    );
    return { stored, released };
  }

  async #store(answer: unknown, epoch: number): Promise<Tokens> {
    const session = this.#session;
    const { storage, state, options, lifetimes } = session;
    const present = await (async () => storage.read(true))().catch(() => state.tokens);
    session.checkEpoch(epoch);
    if (!present) throw signedOutError();
    const tokens = receiveTokens(answer, present, options.headerName === null);
    lifetimes.received(tokens);
    void session.apply({ type: 'stepped-up', tokens });
    // Where the write fails, the storage serves the tokens from memory and tries again (G9).
    await storage.write(tokens).catch(() => undefined);
    session.checkEpoch(epoch);
    return tokens;
  }

  #revoke(answer: unknown, replaced: Tokens): void {
    const { state, options, revoke } = this.#session;
    // After a sign-in the tokens may belong to the same grant as the new ones.
    if (state.phase !== 'signed-out') return;
    try {
      void revoke.call(this.#session, receiveTokens(answer, replaced, options.headerName === null));
    } catch {
      // It holds no tokens.
    }
  }

  async #givenUp({ sent }: Question, signal: AbortSignal): Promise<false> {
    await new Promise((resolve) => {
      signal.addEventListener('abort', resolve);
      // The handler itself may have signed out.
      if (signal.aborted) resolve(undefined);
    });
    // Rejects where it was aborted because the session is over.
    this.#session.checkEpoch(sent.epoch);
    this.#session.events.log('warn', `The step-up handler took too long; ${SETTLED}`);
    return false;
  }
}
