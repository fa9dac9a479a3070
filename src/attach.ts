import type { AxiosInstance, InternalAxiosRequestConfig } from 'axios';
import { AuthError } from './errors';
import { createInterceptors } from './interceptors';
import type { AuthOptions } from './options';
import { createAuthHeader } from './request/header';
import { createRefreshRequests } from './request/refresh-request';
import { resolveOptions } from './resolve-options';
import { createCore, type Core } from './session/core';
import { createSession, type AuthSession } from './session/session';
import { memoryStore } from './stores/memory';
import { describe, isRecord, type Tokens } from './tokens';

declare module 'axios' {
  interface AxiosRequestConfig {
    /** Send this request without the token, and do not hold or replay it. */
    skipAuth?: boolean;
  }
}

/** Kept on the instance, under a name that two copies of the package share. */
const ATTACHED = Symbol.for('axios-auth-interceptors.session');

interface Attachment {
  core: Core;
  detach(): void;
}

type Attachable = AxiosInstance & { [ATTACHED]?: Attachment };

/**
 * Attaches the auth layer to an axios instance: bearer headers, one refresh at a time, requests held
 * meanwhile and sent again after it.
 *
 * @throws TypeError for options that cannot work, naming the option
 * @throws AuthError `ERR_AUTH_CONFIG` when another session is attached to the instance
 * @example
 * const auth = attachAuthInterceptors(api, {
 *   tokenStore: webStorageStore(localStorage),
 *   refresh: async (tokens, { client }) =>
 *     (await client.post('/auth/refresh', { refreshToken: tokens?.refreshToken })).data,
 * });
 */
export function attachAuthInterceptors<T extends Tokens = Tokens>(
  instance: AxiosInstance,
  options: AuthOptions<T>,
): AuthSession<T> {
  checkInstance(instance, 'attachAuthInterceptors(instance, options)');
  const resolved = resolveOptions(options, memoryStore);
  refuseSecond(instance);

  const core = createCore(resolved, () => bareClient(instance));
  const refreshRequests = createRefreshRequests(core);
  const attachments = new Set<Attachment>();

  function attach(to: Attachable): () => void {
    checkInstance(to, 'attach(instance)');
    const present = to[ATTACHED];
    if (present?.core === core) return present.detach;
    refuseSecond(to);

    const { onRequest, onResponse, onError, runWhen } = createInterceptors(
      core,
      resolved,
      to,
      refreshRequests,
    );
    const { request, response } = to.interceptors;
    const requestId = request.use(
      onRequest as (config: InternalAxiosRequestConfig) => typeof config,
      undefined,
      {
        runWhen,
      },
    );
    const responseId = response.use(onResponse, onError);
    const attachment: Attachment = {
      core,
      detach() {
        if (!attachments.delete(attachment)) return;
        request.eject(requestId);
        response.eject(responseId);
        delete to[ATTACHED];
      },
    };
    attachments.add(attachment);
    Object.defineProperty(to, ATTACHED, { value: attachment, configurable: true });
    return attachment.detach;
  }

  /** The refresh must not take the way that waits for it, nor carry the token that is over. */
  function bareClient(from: AxiosInstance): AxiosInstance {
    const client = from.create();
    createAuthHeader(resolved, core.redactor, () => client.defaults).removeFrom(client.defaults);
    return client;
  }

  const session = createSession(core, resolved, {
    attach,
    detachAll() {
      for (const attachment of attachments) attachment.detach();
    },
  });
  attach(instance);
  return session as unknown as AuthSession<T>;
}

function checkInstance(instance: unknown, where: string): asserts instance is AxiosInstance {
  const given = (instance ?? {}) as Record<string, unknown>;
  const { request, response } = (given.interceptors ?? {}) as Record<string, unknown>;
  const methods = [given.request, given.create, useOf(request), useOf(response)];
  if (isRecord(given.defaults) && methods.every((method) => typeof method === 'function')) return;
  throw new TypeError(`${where}: instance must be an axios instance, got ${describe(instance)}.`);
}

const useOf = (manager: unknown): unknown => (isRecord(manager) ? manager.use : undefined);

function refuseSecond(instance: Attachable): void {
  if (!instance[ATTACHED]) return;
  throw new AuthError(
    'ERR_AUTH_CONFIG',
    'Another session is attached to this axios instance. Call detach() on it first, or use ' +
      'session.attach(instance) to share one.',
  );
}
