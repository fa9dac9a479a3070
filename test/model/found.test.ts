import { runSteps, type Setup, type Step } from './model';

const SYNC: Setup = { store: 'sync', lock: false, onSend: false, lifetime: null, holds: 'a' };
const SLOW: Setup = { ...SYNC, store: 'slow' };

/** What the model has found, and is fixed: the shortest sequence of each. */
const FIXED: [title: string, setup: Setup, steps: Step[]][] = [
  [
    'G20: a request that is aborted a few microtasks after its call is not sent',
    SYNC,
    [['request', 0, 'abortable'], ['turns', 5], ['abort']],
  ],
  [
    'G9: a late write of a sign-in that failed leaves no older token over one that a peer has stored',
    SLOW,
    [
      ['answer', 0, 'well'],
      ['sign-in', 'b'],
      ['pass', 35_000],
      ['peer', 'renews', 'tells'],
    ],
  ],
  [
    'G9: nor over those of a later sign-in, where the store answers an old read last',
    SLOW,
    [
      ['sign-in', 'a'],
      ['sign-in', 'a'],
      ['pass', 50_000],
    ],
  ],
  [
    'G9: nor over those of a later sign-in, where the late write reports a fault and has landed',
    SLOW,
    [
      ['answer', 0, 'well'],
      ['sign-in', 'a'],
      ['sign-in', 'a'],
      ['pass', 35_000],
      ['answer', 1, 'well'],
      ['answer', 0, 'lose'],
    ],
  ],
  [
    'G9: nor over those that only a read has found which took longer than its bound',
    SLOW,
    [
      ['peer', 'renews', 'tells'],
      ['answer', 0, 'well'],
      ['sign-in', 'a'],
      ['pass', 35_000],
      ['answer', 0, 'well'],
      ['answer', 3, 'lose'],
    ],
  ],
  [
    'G9: nor is an older one, which a look at the store for a late write has found before, repeated over a newer one',
    SLOW,
    [
      ['sign-in', 'a'],
      ['pass', 35_000],
      ['answer', 0, 'well'],
      ['answer', 0, 'well'],
      ['pass', 50_000],
      ['request', 0, 'plain'],
      ['sign-in', 'a'],
      ['answer', 3, 'well'],
      ['peer', 'renews', 'tells'],
    ],
  ],
  [
    'G9: a rotated refresh token is not lost where its sign-in is read from a store that had reported a fault',
    SLOW,
    [
      ['sign-out'],
      ['sign-in', 'a'],
      ['answer', 1, 'well'],
      ['refresh'],
      ['answer', 4, 'lose'],
      ['expire'],
      ['request', 0, 'plain'],
    ],
  ],
  [
    'G21: tokens that a notice of the store has read before a sign-out sign nobody in after it',
    { ...SLOW, onSend: true },
    [
      ['peer', 'renews', 'tells'],
      ['sign-out'],
      ['answer', 1, 'well'],
      ['request', 0, 'plain'],
      ['sign-out'],
    ],
  ],
  [
    'G21: tokens are removed by a sign-out, also where the sign-in after it cannot be stored',
    SLOW,
    [
      ['sign-in', 'a'],
      ['sign-out'],
      ['sign-in', 'a'],
      ['answer', 1, 'well'],
      ['hang', 0],
      ['answer', 0, 'refuse'],
      ['request', 0, 'plain'],
    ],
  ],
  [
    'G22: a request that is called while the store holds tokens of another user is not sent as the one before',
    SLOW,
    [
      ['peer', 'renews', 'tells'],
      ['answer', 0, 'well'],
      ['peer', 'is b', 'tells'],
      ['request', 0, 'plain'],
      ['peer', 'signs in', 'tells'],
    ],
  ],
  [
    'G22: nor one that is called so while a renewal is in flight',
    SYNC,
    [
      ['refresh'],
      ['peer', 'is b', 'is silent'],
      ['request', 0, 'plain'],
      ['peer', 'signs in', 'tells'],
    ],
  ],
  [
    'G22: a sign-in that cannot be stored is none, also where its tokens were renewed meanwhile',
    SLOW,
    [
      ['sign-in', 'b'],
      ['refresh'],
      ['answer', 2, 'well'],
      ['pass', 50_000],
      ['request', 0, 'plain'],
    ],
  ],
  [
    'G9: a sign-in on its way into the store is not given up for what a peer has stored before',
    SLOW,
    [
      ['answer', 0, 'well'],
      ['sign-out'],
      ['sign-in', 'a'],
      ['answer', 0, 'fail'],
      ['peer', 'renews', 'tells'],
      ['sign-in', 'a'],
      ['hang', 0],
    ],
  ],
  [
    'G9: a renewal behind a sign-in that was just stored is not written again over the tokens of a peer',
    SLOW,
    [
      ['answer', 0, 'lose'],
      ['sign-in', 'a'],
      ['refresh'],
      ['answer', 1, 'well'],
      ['answer', 0, 'well'],
      ['answer', 0, 'lose'],
      ['peer', 'renews', 'tells'],
    ],
  ],
];

test.each(FIXED)('%s', async (_, setup, steps) => {
  expect(await runSteps(setup, steps)).toEqual([]);
});
