import type { Tokens } from '../../src/index';
import type { ModelCall, Settlement, World } from './model';
import { numberOf, sessionOf, userOf } from './server';

/** What must hold at the moment at which a request leaves. */
export function faultsOfSend(world: World, call: ModelCall, token: string | null): string[] {
  const faults: string[] = [];
  const check = (holds: boolean, fault: string): void => {
    if (!holds) faults.push(`request ${call.id}: sent with ${token ?? 'no token'} ${fault}`);
  };
  check(call.controller?.signal.aborted !== true, 'after it was aborted (G20)');
  check(call.settlements.length === 0, 'after it was settled (G15)');
  check(call.sends.length <= 3, 'for the fourth time (G12)');
  if (!call.isAttached) {
    check(token === null, 'although the instance is detached (G25)');
    return faults;
  }
  const isBound = call.users.size > 0;
  check(!isBound || call.epoch === world.epoch, 'after its session was over (G22)');
  if (token === null) {
    check(call.step < world.certainSince, 'although somebody is signed in (G1)');
    return faults;
  }
  const isOfOther = isBound && !call.users.has(userOf(token)) && !isUnheardOf(world, call);
  check(!isOfOther, 'which is of another user (G22)');
  check(!world.waitsForEach || !world.isRefreshing, 'while requests wait for a renewal (G6)');
  check(numberOf(token) > world.signedOutUpTo, 'after signOut() had resolved (G21)');
  return faults;
}

/** A peer had signed this user in without a notice, and the read of the call that found so was not answered. */
function isUnheardOf({ store }: World, { users, readsBefore }: ModelCall): boolean {
  const read = store.reads[readsBefore];
  return read !== undefined && !read.isAnswered && users.has(userOf(read.token));
}

/** What must hold when nothing happens any more. */
export function faultsAtEnd(world: World, tokens: Tokens | null): string[] {
  return [
    ...[...world.open].map((name) => `${name} has never settled`),
    ...world.calls.flatMap((call) => faultsOfCall(world, call)),
    ...faultsOfStore(world, tokens),
  ];
}

function faultsOfStore({ store, auth, calls, lastSignIn }: World, tokens: Tokens | null): string[] {
  const faults: string[] = [];
  const held = store.held?.accessToken ?? null;
  const known = tokens?.accessToken ?? null;
  if (held !== known)
    faults.push(`the store holds ${held ?? 'nothing'}, not ${known ?? 'nothing'}`);
  if (held === null) return faults;
  if (auth.status !== 'signed-in')
    faults.push(`tokens are there, and the status is ${auth.status}`);
  const sent = calls.flatMap(({ sends }) => sends).filter((token) => token !== null);
  const session = sessionOf(held);
  const newer = [...store.landed, ...sent].filter(
    (token) => sessionOf(token) === session && numberOf(token) > numberOf(held),
  );
  if (newer.length > 0) faults.push(`the store holds ${held}, and ${newer[0]!} is newer (G9)`);
  if (session < lastSignIn) faults.push(`the store holds ${held} of an earlier sign-in (G9)`);
  return faults;
}

function faultsOfCall(world: World, call: ModelCall): string[] {
  const { id, settlements, runs, sends } = call;
  const faults: string[] = [];
  const check = (holds: boolean, fault: string): void => {
    if (!holds) faults.push(`request ${id}: ${fault}`);
  };
  check(settlements.length <= 1, `settled ${settlements.length} times (G15)`);
  for (const [name, count] of Object.entries(runs)) {
    check(count === 1, `the interceptor "${name}" has run ${count} times (G16)`);
  }
  const [settlement] = settlements;
  if (!settlement) return faults;
  if (settlement.data !== undefined) {
    check(JSON.stringify(settlement.data) === JSON.stringify({ id }), 'not its own answer (G15)');
    check(sends.length > 0, 'answered without being sent (G15)');
  } else check(isJustified(world, call, settlement), `rejected with ${settlement.code ?? ''}`);
  return faults;
}

/** An error needs a reason among what has happened. */
function isJustified({ facts, store }: World, call: ModelCall, { code }: Settlement): boolean {
  switch (code) {
    case 'ERR_CANCELED':
      return call.controller?.signal.aborted === true;
    case 'ECONNABORTED':
      return call.kind === 'timeout';
    case 'ERR_NETWORK':
      return call.sends.length > 0;
    case 'ERR_BAD_REQUEST':
      // Of the server: there was no token to send, or it was refused as often as it may be sent.
      return call.sends.at(-1) === null;
    case 'ERR_AUTH_SIGNED_OUT':
      return facts.ends > call.ends || facts.peerWrites > 0;
    case 'ERR_AUTH_SESSION_EXPIRED':
      return facts.refusals > 0 || facts.peerWrites > 0 || facts.hung > 0;
    case 'ERR_AUTH_REFRESH_FAILED':
      return facts.refreshFaults > 0;
    case 'ERR_AUTH_REFRESH_TIMEOUT':
      return facts.hung > 0 || facts.passed > 0;
    case 'ERR_AUTH_REFRESH_LOOP':
      return facts.expiries > 0 || facts.passed > 0;
    case 'ERR_AUTH_STORE':
      return store.faults > 0 || facts.hung > 0 || facts.passed > 0;
    default:
      return false;
  }
}
