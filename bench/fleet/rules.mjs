/**
 * When a client calls the auth server: the rules of the package, written down once more because a
 * million sessions of it take too long. `check.mjs` holds them against the package itself.
 * All times are milliseconds.
 */
export const RULES = {
  lifetime: 15 * 60_000,
  /** The defaults of the options of these names, and the share of the rest that the draw spreads over. */
  refreshAhead: 0.8,
  spread: 0.5,
  expiryLeeway: 5_000,
  refreshRetries: 2,
  backoff: 300,
  /** At most so long a renewal in the background that failed is not tried again; at least half of it. */
  aheadPause: 180_000,
  /** So long each request may try again; after that, it has to be left alone as long again, or twice. */
  blip: 60_000,
  longestPause: 300_000,
};

/** From the call of the auth server to its answer. */
export const ROUND_TRIP = 100;

/**
 * One client from its sign-in on. It makes a request every so often, and what it does about its token
 * it does when it makes one.
 *
 * @param client when it signed in, and `every` how many milliseconds it makes a request
 * @param world `until` when, `isDown(at)`, `random()`, `call(at)` for each call of the auth server
 */
export function live({ signedIn, every }, { until, isDown, random, call }, rules = RULES) {
  const { lifetime, refreshAhead, spread } = rules;
  const draw = () => lifetime * (refreshAhead + (1 - refreshAhead) * spread * random());
  const world = { isDown, random, call };
  const requestFrom = (at) => signedIn + Math.ceil((at - signedIn) / every) * every;
  let received = signedIn;
  let trouble;
  let at = requestFrom(received + draw());

  while (at < until) {
    const isOver = at - received > lifetime - rules.expiryLeeway;
    const blockedUntil = trouble?.[isOver ? 'until' : 'aheadUntil'] ?? 0;
    if (at < blockedUntil) {
      at += every;
      continue;
    }
    const end = renew(at, isOver ? retriesAt(at, trouble, rules) : 0, rules.backoff, world);
    if (end.isRenewed) {
      received = end.at;
      trouble = undefined;
      at = requestFrom(received + draw());
    } else {
      trouble = {
        ...failed(end.at, trouble?.since ?? end.at, rules, random),
        hasWaited: isOver || trouble?.hasWaited,
      };
      at += every;
    }
  }
}

function retriesAt(at, trouble, { blip, refreshRetries }) {
  if (!trouble || at - trouble.since < blip) return refreshRetries;
  return trouble.hasWaited ? 0 : 1;
}

function failed(at, since, { aheadPause, blip, longestPause }, random) {
  const age = at - since;
  const pause = age < blip ? 0 : Math.min(age * (1 + random()), longestPause);
  const ahead = Math.max(pause, aheadPause * (0.5 + random() / 2));
  return { since, until: at + pause, aheadUntil: at + ahead };
}

/** One renewal with its retries. */
function renew(at, retries, backoff, { isDown, random, call }) {
  for (let attempt = 1; ; attempt++) {
    call(at);
    const isRenewed = !isDown(at);
    const answered = at + ROUND_TRIP;
    if (isRenewed || attempt > retries) return { isRenewed, at: answered };
    at = answered + backoff * 3 ** (attempt - 1) * (0.5 + random() / 2);
  }
}
