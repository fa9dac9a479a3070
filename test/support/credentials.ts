import { Axios, isAxiosError } from 'axios';
import type { AxiosError } from 'axios';
import { isAuthError } from '../../src/index';
import type { AuthLogger, AuthSession, Tokens, TokenStore } from '../../src/index';
import { onCleanUp } from './clean-up';
import { digFor } from './digger';

/** Shorter ones would be found in any text. */
const MIN_LENGTH = 6;
/** The first errors and lines of a test say it; a search takes a few milliseconds. */
const MOST = 20;

/** What the sessions of one test have held, and what has left them. */
const world = { secrets: new Set<string>(), outputs: [] as unknown[], isWatched: false };

function register(tokens: Tokens | null | undefined): void {
  for (const token of [tokens?.accessToken, tokens?.refreshToken]) {
    if (typeof token === 'string' && token.length >= MIN_LENGTH) world.secrets.add(token);
  }
}

function note(output: unknown): void {
  if (world.isWatched && world.outputs.length < MOST) world.outputs.push(output);
}

// What a request rejects with is seen below every instance, and changes nothing for who called it.
const { request } = Axios.prototype;
Axios.prototype.request = function watched(
  this: InstanceType<typeof Axios>,
  ...given: Parameters<typeof request>
) {
  const answer = request.apply(this, given);
  answer.catch((error: unknown) => {
    if (isAuthError(error)) note(error);
  });
  return answer;
} as typeof request;

/**
 * Watches a session until the end of its test, and checks then that none of its credentials was in an
 * AuthError of a request, in an event or in a log line (G34). It knows the tokens that the store is given;
 * of a store of the test's own, those that the session begins with.
 */
export function watchCredentials(
  auth: AuthSession,
  store: TokenStore,
  tokens: Tokens | null | undefined,
  isOwnStore: boolean,
): void {
  register(tokens);
  if (!isOwnStore) {
    const { set } = store;
    store.set = (given) => {
      register(given);
      return set(given);
    };
  }
  const { subscribe } = auth;
  auth.subscribe = (listener) =>
    subscribe((event) => {
      note(event);
      // What it returns, which may reject, is the matter of the session.
      // eslint-disable-next-line @typescript-eslint/no-confusing-void-expression
      return listener(event);
    });
}

/** To be called before anything else is to be cleaned up, so that it comes last. */
export function startWatching(): void {
  if (world.isWatched) return;
  world.isWatched = true;
  onCleanUp(async () => {
    world.isWatched = false;
    const secrets = [...world.secrets];
    const outputs = world.outputs.splice(0);
    world.secrets.clear();
    await expectNoCredentials(secrets, outputs);
  });
}

/** The logger of a test, whose lines are looked at as well. */
export function watchLogger<L extends AuthLogger | undefined>(logger: L): L {
  if (!logger) return logger;
  return new Proxy(logger, {
    get(target, level, receiver) {
      const log: unknown = Reflect.get(target, level, receiver);
      if (typeof log !== 'function') return log;
      return (...line: unknown[]): unknown => {
        note(line);
        return log.apply(target, line);
      };
    },
  });
}

/**
 * An ordinary AxiosError has the token in the headers of its config, and nowhere else in it: besides the
 * request of the platform, and whatever the server has answered.
 */
function ownPartsOf({ config, response, message, stack, code, cause }: AxiosError): unknown[] {
  const configs = [config, response?.config].map((one) => {
    const copy = Object.defineProperties({}, Object.getOwnPropertyDescriptors(one ?? {}));
    Reflect.deleteProperty(copy, 'headers');
    return copy;
  });
  return [...configs, message, stack, code, cause];
}

/** Fails the test where one of the secrets is in what these carry or print. */
export async function expectNoCredentials(
  secrets: readonly string[],
  outputs: readonly unknown[],
): Promise<void> {
  if (secrets.length === 0 || outputs.length === 0) return;
  const carried = outputs.flatMap((output) =>
    isAxiosError(output) && !isAuthError(output) ? ownPartsOf(output) : [output],
  );
  expect(await digFor(secrets, carried)).toEqual([]);
}
