import fc from 'fast-check';
import {
  initialState,
  mayStartEmpty,
  transition,
  type Effect,
  type Input,
  type SessionState,
  type StartsEmpty,
} from '../../../src/session/state';
import type { Tokens } from '../../../src/tokens';

/*
 * Every phase (the columns) with every input (the rows). A cell says what follows: `-`, nothing at all;
 * else the phase with the tokens, what is raised (`epoch` raises the version as well), and the effects.
 *
 * A, a': the tokens of the session, and ones with the same access token and another expiry; B: renewed
 * ones of the same user; X: those of another user. R, r': a refresh token alone. Renewal 7 is in flight,
 * or none: it tells itself what it finds (`tell-adopted?`).
 */
const TABLE = `
  input                  | unknown                            | signed-in A                                              | signed-in R                                              | signed-out
  read A                 | signed-in A, version, tell-in      | -                                                        | signed-in A, version, tell-adopted?                      | signed-in A, epoch, tell-in
  read a'                | signed-in a', version, tell-in     | signed-in a'                                             | signed-in a', version, tell-adopted?                     | signed-in a', epoch, tell-in
  read B                 | signed-in B, version, tell-in      | signed-in B, version, tell-adopted?                      | signed-in B, version, tell-adopted?                      | signed-in B, epoch, tell-in
  read X, another user   | signed-in X, version, tell-in      | signed-in X, epoch, tell-out, tell-in                    | signed-in X, epoch, tell-out, tell-in                    | signed-in X, epoch, tell-in
  read R                 | signed-in R, version, tell-in      | signed-in R, version, tell-adopted?                      | -                                                        | signed-in R, epoch, tell-in
  read r'                | signed-in r', version, tell-in     | signed-in r', version, tell-adopted?                     | signed-in r'                                             | signed-in r', epoch, tell-in
  read nothing           | signed-out, tell-out (unless once) | signed-out, epoch, tell-out                              | signed-out, epoch, tell-out                              | -
  sign-in B              | signed-in B, epoch                 | signed-in B, epoch                                       | signed-in B, epoch                                       | signed-in B, epoch
  not-stored             | signed-out, epoch                  | signed-out, epoch                                        | signed-out, epoch                                        | signed-out, epoch
  sign-out               | signed-out, epoch, clear           | signed-out, epoch, clear                                 | signed-out, epoch, clear                                 | signed-out, epoch, clear
  ended                  | signed-out, epoch, clear           | signed-out, epoch, clear                                 | signed-out, epoch, clear                                 | signed-out, epoch, clear
  stepped-up B           | signed-in B, version               | signed-in B, version                                     | signed-in B, version                                     | signed-in B, version
  renewing 8             | unknown                            | signed-in A                                              | signed-in R                                              | signed-out
  renewed 7 B            | signed-in B, version               | signed-in B, version                                     | signed-in B, version                                     | signed-in B, version
  refused 7              | signed-out, epoch, clear           | signed-out, epoch, clear                                 | signed-out, epoch, clear                                 | signed-out, epoch, clear
  refused 7, not waited  | unknown                            | signed-in A                                              | signed-in R                                              | signed-out
  vanished 7             | signed-out, epoch, tell-out        | signed-out, epoch, tell-out                              | signed-out, epoch, tell-out                              | signed-out, epoch, tell-out
  failed 7               | unknown                            | signed-in A                                              | signed-in R                                              | signed-out
  renewed 6 B            | -                                  | -                                                        | -                                                        | -
  refused 6              | -                                  | -                                                        | -                                                        | -
  refused 6, not waited  | -                                  | -                                                        | -                                                        | -
  vanished 6             | -                                  | -                                                        | -                                                        | -
  failed 6               | -                                  | -                                                        | -                                                        | -
`;

const A: Tokens = { accessToken: 'a', refreshToken: 'r' };
const R: Tokens = { accessToken: '', refreshToken: 'r' };
const TOKENS: Record<string, Tokens> = {
  A,
  "a'": { ...A, expiresAt: 1 },
  B: { accessToken: 'b', refreshToken: 'r' },
  X: { accessToken: 'x' },
  R,
  "r'": { ...R, expiresAt: 1 },
};
const EFFECTS: Record<string, Effect> = {
  clear: 'clear',
  'tell-in': 'tell-signed-in',
  'tell-out': 'tell-signed-out',
  'tell-adopted': 'tell-adopted',
};

const read = (name: string): Input => ({
  type: 'read',
  tokens: TOKENS[name] ?? null,
  sameUser: name !== 'X',
});
const B = TOKENS.B!;
const endsOf = (renewal: number): [string, Input][] => [
  [`renewed ${renewal} B`, { type: 'renewed', renewal, tokens: B }],
  [`refused ${renewal}`, { type: 'refused', renewal, isWaited: true }],
  [`refused ${renewal}, not waited`, { type: 'refused', renewal, isWaited: false }],
  [`vanished ${renewal}`, { type: 'vanished', renewal }],
  [`failed ${renewal}`, { type: 'failed', renewal }],
];

const INPUTS: Record<string, Input> = {
  'read A': read('A'),
  "read a'": read("a'"),
  'read B': read('B'),
  'read X, another user': read('X'),
  'read R': read('R'),
  "read r'": read("r'"),
  'read nothing': read('nothing'),
  'sign-in B': { type: 'sign-in', tokens: B },
  'not-stored': { type: 'not-stored' },
  'sign-out': { type: 'sign-out' },
  ended: { type: 'ended' },
  'stepped-up B': { type: 'stepped-up', tokens: B },
  'renewing 8': { type: 'renewing', renewal: 8 },
  ...Object.fromEntries([...endsOf(7), ...endsOf(6)]),
};

const isOfRenewal = (input: Input): input is Input & { renewal: number } =>
  ['renewed', 'refused', 'vanished', 'failed'].includes(input.type);

/** Whether an empty store may start a refresh, after the session has become another one. */
const AFTER_ANOTHER: Record<string, StartsEmpty> = {
  once: false,
  always: 'always',
  stopped: 'always',
  false: false,
};
const AFTER_SIGN_OUT: Record<string, StartsEmpty> = {
  once: false,
  always: 'stopped',
  stopped: 'stopped',
  false: false,
};
const STARTS_EMPTY: StartsEmpty[] = ['once', 'always', 'stopped', false];

function stateOf(column: string, renewal: number | null, startsEmpty: StartsEmpty): SessionState {
  const [phase, name = ''] = column.split(' ') as [SessionState['phase'], string?];
  const tokens = TOKENS[name] ?? null;
  return deepFreeze({ phase, tokens, epoch: 3, version: 5, renewal, startsEmpty });
}

function deepFreeze<O extends object>(object: O): O {
  for (const value of Object.values(object)) {
    if (typeof value === 'object' && value !== null) deepFreeze(value as object);
  }
  return Object.freeze(object);
}

/** What a cell of the table says. */
function expectedOf(
  cell: string,
  before: SessionState,
  input: Input,
): ReturnType<typeof transition> {
  const isExcepted = cell.includes('(unless once)') && before.startsEmpty === 'once';
  const isLate = isOfRenewal(input) && input.renewal !== before.renewal;
  if (cell === '-' || isExcepted || isLate) return { state: before, effects: [] };

  const [holding = '', ...words] = cell.replace(/\s*\(.*\)/, '').split(', ');
  const [phase, name = ''] = holding.split(' ') as [SessionState['phase'], string?];
  const isAnother = words.includes('epoch');
  const after = input.type === 'sign-out' ? AFTER_SIGN_OUT : AFTER_ANOTHER;
  const renewal = input.type === 'renewing' ? input.renewal : before.renewal;
  return {
    state: {
      phase,
      tokens: TOKENS[name] ?? null,
      epoch: before.epoch + (isAnother ? 1 : 0),
      version: before.version + (isAnother || words.includes('version') ? 1 : 0),
      renewal: isAnother || isOfRenewal(input) ? null : renewal,
      startsEmpty: isAnother ? after[String(before.startsEmpty)]! : before.startsEmpty,
    },
    effects: words.flatMap((word) => {
      const isTold = word.endsWith('?') && before.renewal !== null;
      return isTold ? [] : (EFFECTS[word.replace('?', '')] ?? []);
    }),
  };
}

const cellsOf = (line: string): string[] => line.split('|').map((cell) => cell.trim());
const [head = '', ...rows] = TABLE.trim().split('\n');
const [, ...columns] = cellsOf(head);

const CASES = rows.flatMap((row) => {
  const [name = '', ...cells] = cellsOf(row);
  return columns.map((column, at) => ({ name, column, cell: cells[at] ?? '' }));
});

/** Each way in which a session can stand in a column. */
const statesOf = (column: string): SessionState[] =>
  [null, 7].flatMap((renewal) =>
    STARTS_EMPTY.map((startsEmpty) => stateOf(column, renewal, startsEmpty)),
  );

describe('the table of transitions', () => {
  test('has a row for each kind of input, and a cell for each phase', () => {
    expect(rows.map((row) => cellsOf(row)[0])).toEqual(Object.keys(INPUTS));
    expect(rows.every((row) => cellsOf(row).length === columns.length + 1)).toBe(true);
  });

  test.each(CASES)('$column + $name: $cell', ({ name, column, cell }) => {
    const input = deepFreeze(INPUTS[name]!);
    for (const before of statesOf(column)) {
      expect({ before, ...transition(before, input) }).toEqual({
        before,
        ...expectedOf(cell, before, input),
      });
    }
  });

  test('the tokens of a state are those of the input, and no copy of them', () => {
    for (const input of Object.values(INPUTS)) {
      if (!('tokens' in input) || isOfRenewal(input)) continue;
      const { state } = transition(stateOf('unknown', null, false), input);
      expect(state.tokens).toBe(input.tokens);
    }
  });
});

describe('every transition', () => {
  const ALL = columns.flatMap((column) =>
    statesOf(column).flatMap((before) =>
      Object.values(INPUTS).map((input) => ({ before, input, ...transition(before, input) })),
    ),
  );

  test('G22: raises the epoch by one at most', () => {
    for (const { before, state } of ALL) {
      const raised = state.epoch - before.epoch;
      expect([0, 1]).toContain(raised);
    }
  });

  test('G22: raises the version wherever the access token is another one', () => {
    for (const { before, state } of ALL) {
      const raised = state.version - before.version;
      expect([0, 1]).toContain(raised);
      if (state.tokens?.accessToken !== before.tokens?.accessToken) expect(raised).toBe(1);
      if (state.epoch !== before.epoch) expect(raised).toBe(1);
    }
  });

  test('G11: of a renewal that is not in flight changes nothing', () => {
    for (const { before, input, state, effects } of ALL) {
      if (!isOfRenewal(input) || input.renewal === before.renewal) continue;
      expect(state).toBe(before);
      expect(effects).toEqual([]);
    }
  });

  test('G21: leaves no renewal in flight in another epoch', () => {
    for (const { before, state } of ALL) {
      if (state.epoch !== before.epoch) expect(state.renewal).toBeNull();
    }
  });

  test('G23: removes from the store only what this session itself has ended', () => {
    for (const { input, effects } of ALL) {
      const endsHere = ['sign-out', 'ended', 'refused'].includes(input.type);
      if (!endsHere) expect(effects).not.toContain('clear');
    }
  });

  test('is signed in exactly where there are tokens', () => {
    for (const { state } of ALL) expect(state.phase === 'signed-in').toBe(state.tokens !== null);
  });
});

describe('whether a refresh may start from an empty store', () => {
  test.each([
    ['once', true],
    ['always', true],
    ['stopped', false],
    [false, false],
  ] as const)('G37: %s: %s', (startsEmpty, may) => {
    expect(mayStartEmpty(initialState(startsEmpty))).toBe(may);
  });

  test('G21: a service that was signed out starts again only after a sign-in', () => {
    const inputs = ['sign-out', 'read nothing', 'sign-out', 'sign-in B', 'ended'];
    const { may } = inputs.reduce(
      ({ state, may: soFar }, name) => {
        const next = transition(state, INPUTS[name]!).state;
        return { state: next, may: [...soFar, mayStartEmpty(next)] };
      },
      { state: initialState('always'), may: [] as boolean[] },
    );
    expect(may).toEqual([false, false, false, true, true]);
  });

  test('G37: a cookie is tried until a session has ended, and stays untried until then', () => {
    let state = transition(initialState('once'), INPUTS['read nothing']!).state;
    expect([state.phase, mayStartEmpty(state)]).toEqual(['unknown', true]);
    state = transition(state, { type: 'renewing', renewal: 1 }).state;
    state = transition(state, { type: 'failed', renewal: 1 }).state;
    expect([state.phase, mayStartEmpty(state)]).toEqual(['unknown', true]);
    state = transition(state, { type: 'renewing', renewal: 2 }).state;
    state = transition(state, { type: 'refused', renewal: 2, isWaited: true }).state;
    expect([state.phase, mayStartEmpty(state)]).toEqual(['signed-out', false]);
  });
});

test('a walk at random keeps what is promised', () => {
  const tokens = fc.constantFrom(...Object.values(TOKENS));
  const renewal = fc.integer({ min: 1, max: 3 });
  const input: fc.Arbitrary<Input> = fc.oneof(
    fc.record({
      type: fc.constant('read' as const),
      tokens: fc.option(tokens),
      sameUser: fc.boolean(),
    }),
    fc.record({ type: fc.constantFrom('sign-in' as const, 'stepped-up' as const), tokens }),
    fc.record({
      type: fc.constantFrom('not-stored' as const, 'sign-out' as const, 'ended' as const),
    }),
    fc.record({ type: fc.constant('renewed' as const), renewal, tokens }),
    fc.record({
      type: fc.constantFrom('renewing' as const, 'vanished' as const, 'failed' as const),
      renewal,
    }),
    fc.record({ type: fc.constant('refused' as const), renewal, isWaited: fc.boolean() }),
  );
  const walk = fc.tuple(fc.constantFrom(...STARTS_EMPTY), fc.array(input, { maxLength: 60 }));
  fc.assert(
    fc.property(walk, ([startsEmpty, inputs]) => {
      let before = initialState(startsEmpty);
      for (const next of inputs) {
        const { state } = transition(deepFreeze(before), deepFreeze(next));
        expect(state.epoch - before.epoch).toBeLessThanOrEqual(1);
        expect(state.epoch).toBeGreaterThanOrEqual(before.epoch);
        expect(state.version).toBeGreaterThanOrEqual(before.version);
        // Once it was known whether somebody is signed in, it stays known.
        if (before.phase !== 'unknown') expect(state.phase).not.toBe('unknown');
        expect(state.phase === 'signed-in').toBe(state.tokens !== null);
        if (isOfRenewal(next) && next.renewal !== before.renewal) expect(state).toBe(before);
        if (startsEmpty === false || startsEmpty === 'once') {
          expect(state.startsEmpty).toBe(state.epoch === 0 ? startsEmpty : false);
        }
        before = state;
      }
    }),
    { seed: 20_261, numRuns: 500 },
  );
});
