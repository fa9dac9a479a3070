import { drain } from './clock';
import { World, type Setup, type Step } from './model';

/** A case: each of these is made once, in any order, and between any two answers. */
interface SmallCase {
  setup: Setup;
  /** Made before, in this order. */
  before: readonly Step[];
  /** Lists that are each made in their order. */
  actions: readonly (readonly Step[])[];
}

const SETUP: Setup = { store: 'sync', lock: false, onSend: false, lifetime: null, holds: 'a' };

/** Runs the case in every order; the order is a list of choices, counted up like a number. */
async function exploreAll(smallCase: SmallCase): Promise<{ runs: number; faults: string[] }> {
  const choices: number[] = [];
  for (let runs = 1; ; runs++) {
    const widths: number[] = [];
    const { faults, made } = await runOrder(smallCase, choices, widths);
    if (faults.length > 0) return { runs, faults: [...faults, JSON.stringify(made)] };
    while (choices.length > 0 && choices.at(-1)! + 1 >= widths[choices.length - 1]!) choices.pop();
    if (choices.length === 0) return { runs, faults };
    choices[choices.length - 1]!++;
  }
}

/** One order: the given choices, and then always the first. */
async function runOrder(
  { setup, before, actions }: SmallCase,
  choices: number[],
  widths: number[],
): Promise<{ faults: string[]; made: Step[] }> {
  const world = new World(setup);
  const made: Step[] = [];
  const left = actions.map((list) => [...list]);
  const make = async (step: Step): Promise<void> => {
    made.push(step);
    await world.make(step);
    await drain();
  };
  try {
    for (const step of before) await make(step);
    for (;;) {
      const next: Step[] = left.flatMap(([first]) => (first ? [first] : []));
      const options = [
        ...next,
        ...world.answers.labels.map((_, pick): Step => ['answer', pick, 'well']),
      ];
      if (options.length === 0) break;
      const choice = (choices[widths.length] ??= 0);
      widths.push(options.length);
      await make(options[choice]!);
      if (choice < next.length) left.find(([first]) => first === options[choice])!.shift();
    }
    await world.finish();
  } finally {
    world.clock.uninstall();
  }
  return { faults: world.violations, made };
}

const requests = (count: number): Step[] =>
  Array.from({ length: count }, (_, index): Step => ['request', index === 1 ? 0 : 1, 'plain']);

declare const globalThis: { modelRuns?: number };

const isLong = globalThis.modelRuns !== undefined;

/** The fast suite makes two of them, with two requests: with three there are thirty times as many orders. */
const count = isLong ? 3 : 2;

const CASES: [string, SmallCase][] = [
  [
    `${count} requests on an expired token, a sign-in, a peer that renews`,
    {
      setup: SETUP,
      before: [['expire']],
      actions: [requests(count), [['sign-in', 'b']], [['peer', 'renews', 'tells']]],
    },
  ],
  [
    `${count} requests on an expired token, a sign-out, a peer of another user`,
    {
      setup: SETUP,
      before: [['expire']],
      actions: [requests(count), [['sign-out']], [['peer', 'is b', 'is silent']]],
    },
  ],
  [
    'a request over a slow store, a sign-in, a peer that renews',
    {
      setup: { ...SETUP, store: 'slow' },
      before: [],
      actions: [requests(1), [['sign-in', 'b']], [['peer', 'renews', 'is silent']]],
    },
  ],
];

test.each(isLong ? CASES : [CASES[0]!, CASES[2]!])(
  'G1–G29: every order of %s',
  async (_, smallCase) => {
    const { runs, faults } = await exploreAll(smallCase);
    expect(faults).toEqual([]);
    expect(runs).toBeGreaterThan(100);
  },
  900_000,
);
