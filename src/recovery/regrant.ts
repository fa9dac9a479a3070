import type { AxiosResponse } from 'axios';
import type { Judged } from '../response/read';
import type { Awaitable } from '../util/awaitable';
import { AuthError } from '../errors';
import type { Core } from '../session/core';
import type { Grant } from '../session/state';
import type { Claim } from './claim';

/** Once, once more with another token that was found, once with one that was renewed (G12). */
const MAX_SENDS = 3;

/** What a refused request may be sent again with; null where its answer is to be handed on. */
export type Regrant = (
  claim: Claim,
  judged: Judged,
  response: AxiosResponse,
  sends: number,
) => Awaitable<Grant | null>;

export function createRegrant(core: Core): Regrant {
  /** The server refuses what it has just given; a token that has expired since is another matter. */
  function isStillFresh(grant: Grant): boolean {
    const held = core.state.last;
    return (
      grant.fresh && held?.accessToken === grant.token && core.lifetimes.of(held) !== 'expired'
    );
  }

  return ({ grant, probe }, { verdict, challenge }, response, sends) => {
    if (probe) return probe.isSecond ? probe.held : Promise.race([probe.held, probe.givenUp()]);
    if (verdict === 'sign-out') return core.condemn(grant, endedMessage(response));
    if (verdict === 'step-up' && challenge) {
      const isLast = sends >= MAX_SENDS;
      return isLast ? null : core.stepUps.ask(grant, challenge, response);
    }
    if (sends >= MAX_SENDS || isStillFresh(grant)) throw freshRefused();
    return core.recover(grant, response);
  };
}

const freshRefused = (): AuthError =>
  new AuthError(
    'ERR_AUTH_REFRESH_LOOP',
    'The server refuses a token that was renewed just now as expired. Check the clocks of the servers, ' +
      'and that both use the same issuer and audience.',
  );

const endedMessage = ({ status }: AxiosResponse): string =>
  `The session is over: the server answered ${status} with a code that ends it. Sign in again.`;
