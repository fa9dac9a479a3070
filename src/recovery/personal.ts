import type { AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import type { Challenge } from '../response/challenges';
import { AuthError } from '../errors';
import type { Redactor } from '../redact';
import { describing } from '../request/attempt';

/** Turns an error of the session into the one of a request: with its config and its own 401 (G33). */
export type Personal = (
  error: unknown,
  config: InternalAxiosRequestConfig,
  response?: AxiosResponse,
  challenge?: Challenge,
) => unknown;

export function createPersonal(redactor: Redactor): Personal {
  return (error, config, response, challenge) => {
    if (!(error instanceof AuthError)) return error;
    const request = redactor.config(config);
    const mine = new AuthError(error.code, error.message, {
      cause: error.cause,
      config: request,
      response: response && redactor.response(response, request),
      challenge: challenge && redactor.challenge(challenge),
    });
    request.adapter = describing(mine);
    return mine;
  };
}
