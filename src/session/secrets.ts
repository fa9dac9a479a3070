import type { Tokens } from '../tokens';
import { digest } from '../util/digest';
import { isRecord, safely } from '../util/values';

const REDACTED = '[redacted]';

/** Extra fields of the tokens that are credentials as well: `idToken`, `session_secret` … */
const SECRET_NAME = /token|secret|password|cookie|authorization|api-?key/i;
/** Named like a credential, and none (RFC 6749 §7.1). */
const TOKEN_TYPE = /^token_?type$/i;

/** Shorter values would be found in any text. */
const MIN_LENGTH = 4;

/** How many credentials are searched for: those that requests in flight may carry. */
const SEARCHED = 40;
/** How many access tokens are recognised in a header; of each a digest is kept. */
const RECOGNISED = 10_000;

/** Longer text is left out instead of searched (G40: bounded work). */
const SEARCHED_LENGTH = 65_536;
const LEFT_OUT = '[left out: too long]';

/** The credentials that one session holds and has held. */
export class Secrets {
  readonly #recognised = new Set<string>();
  readonly #values = new Set<string>();
  #latest: Tokens | undefined;
  #pattern: RegExp | undefined;

  remember(tokens: Tokens): void {
    if (tokens === this.#latest) return;
    this.#latest = tokens;
    const { accessToken } = tokens as { accessToken: unknown };
    if (typeof accessToken === 'string') keep(this.#recognised, digest(accessToken), RECOGNISED);
    for (const [name, value] of Object.entries(tokens) as [string, unknown][]) {
      const isSecret = SECRET_NAME.test(name) && !TOKEN_TYPE.test(name);
      if (isSecret && typeof value === 'string' && value.length >= MIN_LENGTH) {
        keep(this.#values, value, SEARCHED);
      }
    }
    this.#pattern = undefined;
  }

  /** True for an access token that this session holds or has held (G2: such a header is ours). */
  hasHeld(accessToken: string): boolean {
    return this.#recognised.has(digest(accessToken));
  }

  /** The text without credentials, in each form that servers and libraries write them in (G34). */
  remove(text: string): string {
    if (text.length > SEARCHED_LENGTH) return LEFT_OUT;
    if (this.#values.size === 0) return text;
    const pattern = (this.#pattern ??= patternOf(this.#values));
    // For credentials of megabytes the engine refuses the pattern.
    return safely(() => text.replace(pattern, REDACTED)) ?? LEFT_OUT;
  }

  /** A plain error that says what happened, from whatever was thrown. Never throws. */
  describeFault(fault: unknown): Error {
    const copy: Error & { code?: string; status?: number; oauthError?: string } = new Error(
      this.remove(textOf(isRecord(fault) ? () => fault.message : () => fault) ?? 'unknown fault'),
    );
    if (!isRecord(fault)) return copy;
    const name = textOf(() => fault.name);
    const code = textOf(() => fault.code);
    const stack = textOf(() => fault.stack);
    const status = Number(textOf(() => ownStatus(fault)));
    const oauthError = textOf(() => fault.oauthError);
    if (name) copy.name = this.remove(name);
    if (code) copy.code = this.remove(code);
    if (stack) copy.stack = this.remove(stack);
    if (status) copy.status = status;
    if (oauthError) copy.oauthError = this.remove(oauthError);
    return copy;
  }
}

const ownStatus = (fault: Record<string, unknown>): unknown =>
  isRecord(fault.response) ? fault.response.status : fault.status;

/** Reads a property whose getter, or whose conversion to a text, may throw. */
function textOf(read: () => unknown): string | undefined {
  return safely(() => {
    const value = read() as string | symbol | undefined;
    return value === undefined ? undefined : String(value);
  });
}

/** Without regard to case, as percent-encoding has two; the longest first, as one may contain another. */
function patternOf(values: Iterable<string>): RegExp {
  const forms = new Set([...values].flatMap(formsOf).filter((form) => form.length >= MIN_LENGTH));
  const alternatives = [...forms]
    .sort((one, two) => two.length - one.length)
    .map((form) => form.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  return new RegExp(alternatives.join('|'), 'gi');
}

/** Plain, in JSON, in JSON of PHP, percent-encoded, form-encoded, and in Base64 at any offset. */
function formsOf(secret: string): string[] {
  const inJson = JSON.stringify(secret).slice(1, -1);
  const inForm = textOf(() => new URLSearchParams({ _: secret }).toString().slice(2)) ?? secret;
  return [
    secret,
    inJson,
    inJson.replaceAll('/', '\\/'),
    inForm,
    inForm.replaceAll('+', '%20'),
    // As `encodeURIComponent`, which throws for a lone surrogate, leaves these.
    inForm.replaceAll('+', '%20').replace(/%(?:21|27|28|29|7E)/g, decodeURIComponent),
    ...base64FormsOf(secret),
  ];
}

/** Base64 reads three bytes at a time: a secret within a longer text has three forms, without its edges. */
function base64FormsOf(secret: string): string[] {
  return [0, 1, 2].map((offset) => {
    const padded = ' '.repeat(offset) + secret;
    const whole = textOf(() => btoa(padded.slice(0, padded.length - (padded.length % 3))));
    return whole?.slice(offset && 4) ?? '';
  });
}

function keep(values: Set<string>, value: string, most: number): void {
  values.delete(value);
  values.add(value);
  for (const oldest of values) {
    if (values.size <= most) break;
    values.delete(oldest);
  }
}
