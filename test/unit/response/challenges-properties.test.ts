import fc from 'fast-check';
import { parseChallenges } from '../../../src/index';

/** A challenge as it is meant, and one of the ways to write it. */
interface Written {
  scheme: string;
  params: [name: string, value: string][];
  token68?: string;
  text: string;
}

const TCHAR = "!#$%&'*+-.^_`|~0123456789abcxyzABCXYZ";
const token = fc.string({ unit: fc.constantFrom(...TCHAR), minLength: 1, maxLength: 8 });
/** Names that a careless reader takes for something else. */
const name = fc.oneof(
  token,
  fc.constantFrom('realm', 'ERROR', 'Scope', '__proto__', 'constructor'),
);
const token68 = fc
  .tuple(
    fc.string({ unit: fc.constantFrom(...'abcXYZ019-._~+/'), minLength: 1, maxLength: 12 }),
    fc.constantFrom('', '=', '=='),
  )
  .map(([start, end]) => start + end);

/** HTAB, SP, visible ASCII and obs-text (RFC 9110 §5.5), with those that mean something more often. */
const inQuotes = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...'"\\,= \t'),
    fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
    fc.integer({ min: 0x80, max: 0xff }).map((code) => String.fromCharCode(code)),
  ),
  maxLength: 12,
});
const space = fc.constantFrom('', '', ' ', '\t', ' \t  ');

const quoted = fc
  .tuple(inQuotes, fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }))
  .map(([value, escapes]) => {
    const pairs = [...value].map((char, at) =>
      char === '"' || char === '\\' || escapes[at] ? `\\${char}` : char,
    );
    return { value, text: `"${pairs.join('')}"` };
  });
const plain = token.map((value) => ({ value, text: value }));

const parameter = fc
  .tuple(name, space, space, fc.oneof(plain, quoted))
  .map(([key, before, after, { value, text }]) => ({
    key,
    value,
    text: `${key}${before}=${after}${text}`,
  }));

/** Commas with white space; empty elements count for nothing (RFC 9110 §5.6.1). */
const comma = fc
  .tuple(space, fc.array(space, { maxLength: 2 }), space)
  .map(([before, empty, after]) => `${before},${empty.map((gap) => `${gap},`).join('')}${after}`);

const someSpaces = fc.constantFrom(' ', '  ', '    ');

function join(parts: string[], commas: string[]): string {
  return parts.map((part, at) => (at === 0 ? part : `${commas[at - 1] ?? ','}${part}`)).join('');
}

const challenge: fc.Arbitrary<Written> = fc.oneof(
  token.map((scheme) => ({ scheme, params: [], text: scheme })),
  fc.tuple(token, someSpaces, token68).map(([scheme, gap, value]) => ({
    scheme,
    params: [],
    token68: value,
    text: scheme + gap + value,
  })),
  fc
    .tuple(
      token,
      someSpaces,
      fc.array(parameter, { minLength: 1, maxLength: 5 }),
      fc.array(comma, { minLength: 4, maxLength: 4 }),
    )
    .map(([scheme, gap, params, commas]) => ({
      scheme,
      params: params.map(({ key, value }): [string, string] => [key, value]),
      text: `${scheme}${gap}${join(
        params.map(({ text }) => text),
        commas,
      )}`,
    })),
);

/** Names in lower case, the first of a name counts; as entries, so that no name is a special one. */
function meant({ scheme, params, token68: value }: Written): unknown {
  const read = new Map<string, string>();
  for (const [key, text] of params) {
    if (!read.has(key.toLowerCase())) read.set(key.toLowerCase(), text);
  }
  return [scheme, [...read].sort(), value];
}

const read = (header: string | string[]): unknown =>
  parseChallenges(header).map(({ scheme, params, token68: value }) => [
    scheme,
    Object.entries(params).sort(),
    value,
  ]);

const challenges = fc.array(challenge, { minLength: 1, maxLength: 5 });

test('G33: challenges in one header come back as they were meant, however they are written', () => {
  fc.assert(
    fc.property(
      challenges,
      fc.array(comma, { minLength: 4, maxLength: 4 }),
      fc.tuple(space, space),
      (list, commas, [before, after]) => {
        const header =
          before +
          join(
            list.map(({ text }) => text),
            commas,
          ) +
          after;
        expect(read(header)).toEqual(list.map(meant));
      },
    ),
    { numRuns: 500 },
  );
});

test('G33: so do challenges in several headers', () => {
  fc.assert(
    fc.property(challenges, (list) => {
      expect(read(list.map(({ text }) => text))).toEqual(list.map(meant));
    }),
  );
});

const FRAGMENTS = [
  'a',
  'Bearer',
  ' ',
  '\t',
  ',',
  '=',
  '==',
  '"',
  '\\',
  '\\"',
  'a="',
  '@',
  '\u0000',
];

test('G33: no text whatever makes it throw, nor give what is no challenge', () => {
  const pieces = fc
    .array(fc.constantFrom(...FRAGMENTS, 'é', '\n', '\ud800'), { maxLength: 60 })
    .map((parts) => parts.join(''));
  const any = fc.oneof(pieces, fc.string({ unit: 'binary', maxLength: 200 }));
  fc.assert(
    fc.property(any, (header) => {
      for (const { scheme, params, token68: value } of parseChallenges(header)) {
        expect(scheme).toMatch(/^[!#$%&'*+\-.^_`|~\w]+$/);
        expect(Object.values(params).every((text) => typeof text === 'string')).toBe(true);
        expect(['string', 'undefined']).toContain(typeof value);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('G33: 100 kB of any two fragments in turn are read: work that grows with the square never ends', () => {
  for (const start of ['', 'Bearer ', 'Bearer a="']) {
    for (const one of FRAGMENTS) {
      for (const other of FRAGMENTS) {
        const pair = one + other;
        const header = start + pair.repeat(Math.ceil(100_000 / pair.length));
        expect(Array.isArray(parseChallenges(header))).toBe(true);
      }
    }
  }
});

test.each(['@ Bearer error="insufficient_scope"', '"a" Bearer', '= a Negotiate b'])(
  'G33: what cannot be read hides what follows it up to the comma: %s',
  (garbage) => {
    expect(read(`${garbage}, Basic`)).toEqual([['Basic', [], undefined]]);
  },
);
