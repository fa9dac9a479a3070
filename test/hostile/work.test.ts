import { Session } from 'node:inspector';
import { parseChallenges } from '../../src/response/challenges';
import { findCode } from '../../src/response/codes';
import { Secrets } from '../../src/session/secrets';
import { readClaims, receiveTokens } from '../../src/tokens';

/**
 * G40 as a count, never as a time: how often V8 has run the blocks of the package, for an input of n, 2n and
 * 4n. The work within a regular expression or another built-in is not counted here.
 */
const session = new Session();

interface Coverage {
  result: { url: string; functions: { ranges: { count: number }[] }[] }[];
}

/** Answered at once: the session is on this thread. */
function ask(method: string, params: object = {}): object {
  let answer: object = {};
  session.post(method, params, (fault: Error | null, result?: object) => {
    if (fault) throw fault;
    answer = result ?? {};
  });
  return answer;
}

beforeAll(() => {
  session.connect();
  ask('Profiler.enable');
  ask('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
});

afterAll(() => {
  session.disconnect();
});

/** V8 may lose a count, when it throws code away that it has not run for a while; it invents none. */
const blocksRun = (work: () => unknown): number =>
  Math.max(...Array.from({ length: 4 }, () => blocksRunOnce(work)));

function blocksRunOnce(work: () => unknown): number {
  ask('Profiler.takePreciseCoverage');
  work();
  const { result } = ask('Profiler.takePreciseCoverage') as Coverage;
  return result
    .filter(({ url }) => /\/src\/[\w/-]+\.ts$/.test(url))
    .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges))
    .reduce((sum, { count }) => sum + count, 0);
}

const secrets = new Secrets();
secrets.remember({ accessToken: 'access-secret-1', refreshToken: 'refresh-secret-1' });

const jwt = (text: string): string => `a.${Buffer.from(text).toString('base64url')}.c`;

const WORK: [what: string, work: (n: number) => unknown][] = [
  ['challenges, one after the other', (n) => parseChallenges('Bearer a=b, '.repeat(n))],
  ['quotes that are not closed', (n) => parseChallenges('a="\\"'.repeat(n))],
  ['commas', (n) => parseChallenges(','.repeat(n))],
  ['schemes alone', (n) => parseChallenges('a, '.repeat(n))],
  ['one parameter over and over', (n) => parseChallenges(`Bearer ${'a=1,'.repeat(n)}`)],
  ['what is no challenge', (n) => parseChallenges('@ a'.repeat(n))],
  ['headers', (n) => parseChallenges(Array<string>(n).fill('Bearer'))],
  ['claims, deep', (n) => readClaims(jwt('['.repeat(n)))],
  ['segments of a token', (n) => readClaims('a.'.repeat(n))],
  [
    'errors of a body',
    (n) => findCode({ errors: Array<unknown>(n).fill({ code: 'E' }) }, undefined),
  ],
  [
    'fields of an answer',
    (n) => {
      const extras = Object.fromEntries(Array.from({ length: n }, (_, at) => [`k${at}`, at]));
      return receiveTokens({ accessToken: 'access-1', ...extras }, null);
    },
  ],
  ['a message with credentials', (n) => secrets.remove('access-secret-1 '.repeat(n))],
  ['a URL', (n) => secrets.plainUrl(`https://${'a@'.repeat(n)}`)],
];

test.each(WORK)('G40: the work for %s grows with its size, not faster', (_, work) => {
  const n = 500;
  work(n);
  const [one, two, four] = [n, 2 * n, 4 * n].map((size) => blocksRun(() => work(size)));
  // With the square of the size, the second step would be four times the first.
  expect(four! - two!).toBeLessThanOrEqual(3 * (two! - one!) + 50);
});

test('G40: the count itself sees work that grows with the square', () => {
  const square = (n: number): number =>
    blocksRun(() => {
      for (let at = 0; at < n; at++) parseChallenges(','.repeat(2) + 'a,'.repeat(at));
    });
  const [one, two, four] = [20, 40, 80].map(square);
  expect(four! - two!).toBeGreaterThan(3 * (two! - one!));
});
