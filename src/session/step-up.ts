import type { AxiosResponse } from 'axios';
import type { Challenge } from '../response/challenges';
import type { Awaitable } from '../util/awaitable';
import { steadyNow } from '../util/clock';
import type { ResolvedOptions, StepUpContext } from '../options';
import { accessOf, receiveTokens, type TokenResponse, type Tokens } from '../tokens';
import { createInside } from './inside';
import { exclusively } from './lock';
import type { Look } from './look';
import type { Renewal, RenewalTools } from './renewal-host';
import { signedOutError, type Grant, type State } from './state';
import { aborted, deferred } from '../util/timers';

/** Gets tokens that are worth more, for the requests that met a challenge; nobody else waits. */
export interface StepUps {
  /** The grant to send the request again with; null where nothing came of it. */
  ask(refused: Grant, challenge: Challenge, response: AxiosResponse): Promise<Grant | null>;
  /** Tells `onStepUp` to stop; whoever waits gets the answer that it has. */
  cancel(): void;
}

/** What a step-up needs of its session beside. */
interface Host extends RenewalTools {
  readonly look: Look;
  admit(): Awaitable<Grant>;
  readonly renewal: Renewal | undefined;
}

/** One challenge that `onStepUp` is asked about, for all requests that met it. */
interface Question {
  key: string;
  challenge: Challenge;
  refused: Grant;
  response: AxiosResponse;
  controller: AbortController;
  held: number;
}

const SETTLED = 'the request is settled with the answer that it got.';

export function createStepUps(options: ResolvedOptions, state: State, host: Host): StepUps {
  const { vault, lifetimes, herald, redactor, revocation } = host;
  // A request that `onStepUp` itself makes must not wait for the step-up it is a part of.
  const inside = createInside();
  let running = 0;
  const open = new Map<string, { question: Question; answer: Promise<Grant | null> }>();
  /** A challenge that was met and is raised again cannot be met that way. */
  const given = new WeakMap<Grant, string>();
  /** The latest grant of a step-up: a straggler goes by it, and asks no second time. */
  let stepped: Grant | undefined;
  let last: Promise<unknown> = Promise.resolve();

  async function settle(question: Question): Promise<Grant | null> {
    const { refused, controller } = question;
    state.checkEpoch(refused);
    const tokens = await host.look();
    state.checkEpoch(refused);
    if (!tokens) throw signedOutError();
    const current = accessOf(tokens);
    if (current !== refused.token) {
      return stepped?.token === current && stepped.epoch === refused.epoch ? stepped : host.admit();
    }
    if (controller.signal.aborted) return null;

    const abort = (): void => {
      controller.abort();
    };
    const { over } = state;
    const timer = setTimeout(abort, options.stepUpTimeout);
    over.addEventListener('abort', abort);
    const answered = answer(question, tokens);
    // What comes when the time is over is stored all the same, and nobody waits for it.
    answered.catch(() => undefined);
    return Promise.race([answered, givenUp(question)]).finally(() => {
      clearTimeout(timer);
      over.removeEventListener('abort', abort);
    });
  }

  async function answer(question: Question, tokens: Tokens): Promise<Grant | null> {
    const { key, challenge, refused, response, controller } = question;
    const startedAt = steadyNow();
    const context = { client: host.client(), signal: controller.signal, tokens, response };
    const found = await call(challenge, context);
    if (refused.epoch !== state.epoch) revocation.drop(found, tokens);
    state.checkEpoch(refused);
    if (!found) return null;
    const { stored, released } = commit(found, refused, tokens);
    const grant = await stored;
    given.set(grant, key);
    stepped = grant;
    const ms = Math.round(steadyNow() - startedAt);
    const event = { type: 'refreshed', ms, attempts: 1, held: question.held } as const;
    void released.then(() => herald.tell(event));
    return grant;
  }

  function givenUp({ controller: { signal }, refused }: Question): Promise<null> {
    return aborted(signal).then(() => {
      state.checkEpoch(refused);
      herald.log('warn', `onStepUp did not come back; ${SETTLED}`);
      return null;
    });
  }

  async function call(
    challenge: Challenge,
    context: StepUpContext,
  ): Promise<TokenResponse | null | undefined> {
    running++;
    try {
      return await inside.run(async () => options.onStepUp?.(challenge, context));
    } catch (fault) {
      const cause = redactor.error(fault);
      herald.log('error', `onStepUp failed (${cause.message}); ${SETTLED}`, cause);
      return null;
    } finally {
      // One that has taken too long may still run beside the next.
      if (--running === 0) inside.over();
    }
  }

  function commit(
    found: TokenResponse,
    refused: Grant,
    held: Tokens,
  ): { stored: Promise<Grant>; released: Promise<void> } {
    const { promise: stored, resolve, reject } = deferred<Grant>();
    const controller = new AbortController();
    const write = async (): Promise<void> => {
      await store(found, refused, held).then(resolve, reject);
      // Whoever waited in vain for the lock need not go on.
      controller.abort();
    };
    // After the renewal in flight, so that the refresh token that it brings is not lost.
    const released = Promise.resolve(host.renewal?.released).then(() => {
      const { tokenStore, refreshTimeout } = options;
      return exclusively(tokenStore, write, refreshTimeout, controller.signal, () => undefined);
    });
    return { stored, released };
  }

  async function store(found: TokenResponse, refused: Grant, held: Tokens): Promise<Grant> {
    const present = await vault.readOr(held);
    if (!present || refused.epoch !== state.epoch) revocation.drop(found, held);
    state.checkEpoch(refused);
    if (!present) throw signedOutError();
    const tokens = receiveTokens(found, present);
    lifetimes.received(tokens);
    state.become(tokens);
    // Where the write fails, the vault serves the tokens from memory and tries again (G9).
    await vault.write(tokens).catch(() => undefined);
    state.checkEpoch(refused);
    return state.grant(tokens.accessToken, true);
  }

  /** One after another: no user is asked two questions at once. */
  function enqueue(question: Question): Promise<Grant | null> {
    const { key } = question;
    const answer = last.then(() => settle(question));
    open.set(key, { question, answer });
    last = answer.catch(() => undefined).finally(() => open.delete(key));
    return answer;
  }

  return {
    ask(refused, challenge, response) {
      const key = JSON.stringify([refused.epoch, challenge]);
      if (inside.is() || given.get(refused) === key) return Promise.resolve(null);
      const known = open.get(key);
      if (known) {
        known.question.held++;
        return known.answer;
      }
      const controller = new AbortController();
      return enqueue({ key, challenge, refused, response, controller, held: 1 });
    },
    cancel() {
      for (const { question } of open.values()) question.controller.abort();
    },
  };
}
