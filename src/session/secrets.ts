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
  /** Every form of the values; made when a text is searched. */
  #forms: readonly string[] | undefined;

  remember(tokens: Tokens): void {
    if (tokens === this.#latest) return;
    this.#latest = tokens;
    const { accessToken } = tokens as { accessToken: unknown };
    if (typeof accessToken === 'string') keep(this.#recognised, digest(accessToken), RECOGNISED);
    for (const [name, value] of Object.entries(tokens) as [string, unknown][]) {
      const isSecret = SECRET_NAME.test(name) && !TOKEN_TYPE.test(name);
      if (!isSecret || typeof value !== 'string' || value.length < MIN_LENGTH) continue;
      // A longer one does not fit into a text that is searched.
      if (value.length <= SEARCHED_LENGTH) keep(this.#values, value, SEARCHED);
    }
    this.#forms = undefined;
  }

  /** True for an access token that this session holds or has held (G2: such a header is ours). */
  hasHeld(accessToken: string): boolean {
    return this.#recognised.has(digest(accessToken));
  }

  /** The text without credentials, in each form that servers and libraries write them in (G34). */
  remove(text: string): string {
    if (text.length > SEARCHED_LENGTH) return LEFT_OUT;
    const forms = (this.#forms ??= allFormsOf(this.#values));
    return forms.reduce((clean, form) => clean.replaceAll(form, REDACTED), text);
  }

  /**
   * A URL for messages, without user info, query and fragment, as the platform reads it: it leaves out tabs
   * and line breaks, and takes any number of slashes of either kind for the two.
   */
  plainUrl(url: string): string {
    return this.remove(
      url
        .replace(/[\t\n\r]|[?#][^]*/g, '')
        .replace(/^([^!-\uffff]*(?:[a-z][a-z\d+.-]*:[\\/]*|[\\/]{2,}))[^\\/]*@/i, '$1'),
    );
  }

  /** Which of several requests it was that failed. */
  #requestOf({ config: { method = 'get', url } }: FaultOfRequest): string {
    return `${method.toUpperCase()} ${this.plainUrl(url)}: `;
  }

  /** A plain error that says what happened, from whatever was thrown. Never throws. */
  describeFault(fault: unknown): Error {
    const message = textOf(isRecord(fault) ? () => fault.message : () => fault) ?? 'unknown fault';
    const copy: Error & { code?: string; status?: number; oauthError?: string } = new Error(
      (textOf(() => this.#requestOf(fault as FaultOfRequest)) ?? '') + this.remove(message),
    );
    if (!isRecord(fault)) return copy;
    for (const key of ['name', 'code', 'stack', 'oauthError'] as const) {
      const text = textOf(() => fault[key]);
      if (text) copy[key] = this.remove(text);
    }
    const status = Number(textOf(() => ownStatus(fault)));
    if (status) copy.status = status;
    return copy;
  }
}

interface FaultOfRequest {
  config: { method?: string; url: string };
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

/** As they are, in lower and in upper case. The longest first, as one may contain another. */
const allFormsOf = (values: Iterable<string>): string[] => {
  const forms = [...values].flatMap(formsOf).filter(({ length }) => length >= MIN_LENGTH);
  const all = forms.flatMap((form) => [form, form.toLowerCase(), form.toUpperCase()]);
  return [...new Set(all)].sort((one, two) => two.length - one.length);
};

/** What every encoding leaves as it is, where it is long enough to give a credential away. */
const UNRESERVED_RUN = /[\w.~-]{12,}/g;
const MOST_RUNS = 16;

/**
 * Plain, in JSON, in JSON of PHP, percent-encoded, form-encoded, and in Base64 at any offset. Of any other
 * spelling (HTML, encoded twice) what stays between the signs that are encoded.
 */
function formsOf(secret: string): string[] {
  const inJson = JSON.stringify(secret).slice(1, -1);
  const inForm = textOf(() => new URLSearchParams({ _: secret }).toString().slice(2)) ?? secret;
  const inUrl = inForm.replaceAll('+', '%20');
  // As `encodeURIComponent`, which throws for a lone surrogate, leaves these.
  const inComponent = inUrl.replace(/%(?:21|27|28|29|7E)/g, decodeURIComponent);
  const encoded = [inForm, inUrl, inComponent];
  return [
    secret,
    inJson,
    inJson.replaceAll('/', '\\/'),
    ...encoded,
    ...encoded.map((form) => form.replace(/%../g, (code) => code.toLowerCase())),
    ...base64FormsOf(secret),
    ...(secret.match(UNRESERVED_RUN) ?? []).slice(0, MOST_RUNS),
  ];
}

/**
 * Base64 reads three bytes at a time: a secret within a longer text has three forms, without its edges; each
 * of them once more in the alphabet for URLs (RFC 4648 §5).
 */
function base64FormsOf(secret: string): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const padded = ' '.repeat(offset) + secret;
    const whole = textOf(() => btoa(padded.slice(0, padded.length - (padded.length % 3))));
    const form = whole?.slice(offset && 4) ?? '';
    return [form, form.replaceAll('+', '-').replaceAll('/', '_')];
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
