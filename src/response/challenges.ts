/** One challenge of a `WWW-Authenticate` header (RFC 9110 §11.3). */
export interface Challenge {
  /** As the server wrote it; compare without regard to case. */
  scheme: string;
  /** The parameters, their names in lower case: `realm`, `error`, `scope` … */
  params: Record<string, string>;
  /** Schemes such as Negotiate carry one token68 in place of parameters. */
  token68?: string;
}

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const PARAMETER = /* @__PURE__ */ new RegExp(
  `(${TOKEN})[ \\t]*=[ \\t]*(?:"([^"\\\\]*(?:\\\\.[^"\\\\]*)*)"|(${TOKEN}))`,
  'y',
);
const SCHEME = /* @__PURE__ */ new RegExp(`(${TOKEN})(?:[ \\t]+|(?=,|$))`, 'y');
const TOKEN68 = /[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$))/y;
const SEPARATORS = /[ \t,]+/y;
const UP_TO_COMMA = /[^,]*/y;

/**
 * Reads `WWW-Authenticate` (RFC 9110 §11.6.1): several challenges in one header or several, quoted
 * pairs, token68, unknown schemes, a comma in a realm. What cannot be read is passed over.
 *
 * @example
 * parseChallenges('Bearer realm="api", error="invalid_token"')[0]?.params.error; // 'invalid_token'
 */
export function parseChallenges(
  header: string | readonly string[] | null | undefined,
): Challenge[] {
  const text = typeof header === 'string' ? header : (header ?? []).join(', ');
  const challenges: Challenge[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) at = pattern.lastIndex;
    return match;
  };

  while (at < text.length) {
    if (take(SEPARATORS)) continue;
    const current = challenges.at(-1);
    const parameter = take(PARAMETER);
    if (parameter) {
      const [, name = '', quoted, plain = ''] = parameter;
      // The first one counts: a later one of the same name cannot change what was said before.
      if (current) current.params[name.toLowerCase()] ??= quoted?.replace(/\\(.)/g, '$1') ?? plain;
      continue;
    }
    const scheme = take(SCHEME);
    if (!scheme) {
      take(UP_TO_COMMA);
      continue;
    }
    const challenge: Challenge = {
      scheme: scheme[1] ?? '',
      params: Object.create(null) as Record<string, string>,
    };
    challenges.push(challenge);
    const token68 = take(TOKEN68);
    if (token68) challenge.token68 = token68[0];
  }
  return challenges;
}
