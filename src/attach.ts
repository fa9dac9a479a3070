import axios from 'axios';
import type { AxiosInstance, CreateAxiosDefaults } from 'axios';
import { AuthError } from './errors';
import type { CookieAuthOptions, ResolvedOptions, TokenAuthOptions } from './options';
import { AuthHeader } from './request/auth-header';
import { Gate } from './request/gate';
import { intercept, type Interceptable } from './request/interceptors';
import { Origins } from './request/origins';
import { refuseForeignRedirects } from './request/redirects';
import { originChecks, resolveOptions } from './resolve-options';
import {
  handleOf,
  SessionMethods,
  type AttachableInstance,
  type AttachOptions,
  type AuthSession,
} from './session/auth-session';
import { Session } from './session/session';
import type { StepUpRunner } from './session/step-up-port';
import type { Tokens } from './tokens';
import { checkOptions } from './util/check-options';
import { describe, isRecord, ownValue } from './util/values';

declare module 'axios' {
  interface AxiosRequestConfig {
    /** Send this request without the token, and do not hold or replay it. */
    skipAuth?: boolean;
  }
}

/** Kept on the instance, under a name that two copies of the package share. */
const ATTACHED = Symbol.for('axios-auth-interceptors.session');

interface Attachment {
  by: Attachments;
  detach(): void;
}

type Instance = Interceptable & { defaults: object; [ATTACHED]?: Attachment };

/**
 * Attaches the auth layer to an axios instance: bearer headers, one refresh at a time, requests held
 * meanwhile and sent again after it.
 *
 * @param instance any object with the shape of an axios instance, of whatever copy of axios
 * @throws TypeError for options that cannot work, naming the option
 * @throws AuthError `ERR_AUTH_CONFIG` when another session is attached to the instance
 * @example
 * const auth = attachAuthInterceptors(api, {
 *   tokenStore: webStorageStore(() => localStorage),
 *   refresh: async (tokens, { client }) =>
 *     (await client.post('/auth/refresh', { refreshToken: tokens?.refreshToken })).data,
 * });
 */
export function attachAuthInterceptors<T extends Tokens = Tokens>(
  instance: AttachableInstance,
  options: CookieAuthOptions<T> | TokenAuthOptions<T>,
): AuthSession<T> {
  checkInstance(instance, 'attachAuthInterceptors(instance, options)');
  const resolved = resolveOptions(options);
  const attachments = new Attachments(resolved, instance);
  attachments.attach(instance);
  return handleOf<T>(
    new SessionMethods(
      attachments.session,
      (other, where) => attachments.attach(other, where),
      () => {
        attachments.detachAll();
      },
    ),
  );
}

/** The instances that share one session. */
class Attachments {
  readonly session: Session;
  readonly #options: ResolvedOptions;
  readonly #header: AuthHeader | null;
  readonly #attached = new Set<Attachment>();
  #stepUp: StepUpRunner | undefined;

  constructor(options: ResolvedOptions, first: Instance) {
    this.#options = options;
    this.session = new Session(options, () => this.#createClient(first));
    const { headerName, scheme } = options;
    this.#header =
      headerName === null ? null : new AuthHeader(headerName, scheme, this.session.secrets);
    this.#stepUp = options.stepUp?.start(this.session);
  }

  attach(to: unknown, where: AttachOptions = {}): () => void {
    checkInstance(to, 'attach(instance)');
    checkOptions('attach(instance, options)', where, originChecks(), undefined);
    const present = to[ATTACHED];
    if (present?.by === this) return present.detach;
    refuseSecond(to);

    this.session.storage.listen(() => void this.session.storeChanged());
    const { allowedOrigins, allowInsecureHttp } = this.#options;
    const bare = Object.create(null) as AttachOptions;
    const given = Object.assign(bare, {
      allowedOrigins: ownValue(where, 'allowedOrigins') ?? allowedOrigins,
      allowInsecureHttp: ownValue(where, 'allowInsecureHttp') ?? allowInsecureHttp,
    });
    const origins = new Origins(given, to);
    const gate = new Gate(this.session, origins, this.#header, this.#stepUp, to);
    const takeOff = intercept(to, gate);
    const attachment: Attachment = {
      by: this,
      detach: () => {
        if (!this.#attached.delete(attachment)) return;
        takeOff();
        delete to[ATTACHED];
      },
    };
    this.#attached.add(attachment);
    Object.defineProperty(to, ATTACHED, { value: attachment, configurable: true });
    return attachment.detach;
  }

  detachAll(): void {
    for (const attachment of this.#attached) attachment.detach();
  }

  /** The client of `refresh`: without interceptors, which would hold it, and without a token in its defaults. */
  #createClient({ defaults }: Instance): AxiosInstance {
    const client = axios.create(defaults as CreateAxiosDefaults);
    // Where the application takes every status for a success, a refusal would pass for tokens (G11).
    client.defaults.validateStatus = (status) => status >= 200 && status < 300;
    const { headers } = client.defaults;
    for (const bucket of [headers, ...Object.values(headers)] as unknown[]) {
      if (isRecord(bucket)) this.#header?.removeOurs(bucket);
    }
    refuseForeignRedirects(client);
    return client;
  }
}

function checkInstance(instance: unknown, where: string): asserts instance is Instance {
  const given = (instance ?? {}) as Record<string, unknown>;
  const { request, response } = (given.interceptors ?? {}) as Record<string, unknown>;
  const methods = [given.request, useOf(request), useOf(response)];
  const hasDefaults = isRecord(given.defaults);
  if (hasDefaults && methods.every((method) => typeof method === 'function')) return;
  throw new TypeError(`${where}: instance must be an axios instance, got ${describe(instance)}.`);
}

const useOf = (manager: unknown): unknown => (isRecord(manager) ? manager.use : undefined);

function refuseSecond(instance: Instance): void {
  if (!instance[ATTACHED]) return;
  throw new AuthError(
    'ERR_AUTH_CONFIG',
    'Another session is attached to this axios instance. Call detach() on it first, or use ' +
      'session.attach(instance) to share one.',
  );
}
