import fc from 'fast-check';
import {
  createWorld,
  type Call,
  type Command,
  type RefreshOutcome,
} from '../support/settlement-world';

const unhandled: unknown[] = [];
const keep = (reason: unknown): void => void unhandled.push(reason);

beforeAll(() => process.on('unhandledRejection', keep));
afterAll(() => process.off('unhandledRejection', keep));

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('request' as const),
      instance: fc.constantFrom(0 as const, 1 as const),
      abort: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.constant<Command>({ type: 'expire' }) },
  { weight: 2, arbitrary: fc.constant<Command>({ type: 'sibling' }) },
  { weight: 2, arbitrary: fc.constant<Command>({ type: 'abort' }) },
  { weight: 2, arbitrary: fc.constant<Command>({ type: 'sign-in' }) },
  { weight: 1, arbitrary: fc.constant<Command>({ type: 'sign-out' }) },
  { weight: 1, arbitrary: fc.constant<Command>({ type: 'refresh' }) },
);

const outcome = fc.constantFrom<RefreshOutcome>(
  'ok',
  'ok',
  'slow',
  'passing',
  'lasting',
  'null',
  'refused',
);

const REJECTIONS = [
  'ERR_AUTH_SESSION_EXPIRED',
  'ERR_AUTH_SIGNED_OUT',
  'ERR_AUTH_REFRESH_FAILED',
  'ERR_AUTH_REFRESH_LOOP',
  'ERR_CANCELED',
  // Of a request that was made while nobody was signed in.
  'ERR_BAD_REQUEST',
];

function faultsOf({ id, session, controller, sends, settlements }: Call): string[] {
  const faults: string[] = [];
  const check = (holds: boolean, fault: string): void => {
    if (!holds) faults.push(`request ${id}: ${fault}`);
  };
  const [settlement] = settlements;
  check(settlements.length === 1, `settled ${settlements.length} times`);
  check(sends.length <= 3, `sent ${sends.length} times`);
  for (const { token, aborted } of sends) {
    check(!aborted, 'sent after it was aborted');
    const crossed = session !== null && token !== null && !token.startsWith(`a-${session}-`);
    check(!crossed, `made in session ${session ?? 0}, sent with ${token ?? ''}`);
  }
  if (settlement?.data !== undefined) {
    check(JSON.stringify(settlement.data) === JSON.stringify({ id }), 'not its own answer');
  } else {
    check(REJECTIONS.includes(String(settlement?.code)), `rejected with ${settlement?.code ?? ''}`);
  }
  const cancelled = settlement?.code === 'ERR_CANCELED';
  check(!cancelled || controller?.signal.aborted === true, 'cancelled by nobody');
  return faults;
}

describe.each([
  ['a synchronous', false],
  ['an asynchronous', true],
])('over %s store', (_, asynchronousStore) => {
  test('G15: whatever happens in whatever order, every request settles once and as itself', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(command, { maxLength: 25 }),
        fc.array(outcome, { maxLength: 8 }),
        async (scheduler, commands, outcomes) => {
          const world = createWorld(scheduler, [...outcomes], asynchronousStore);
          await world.run(commands);
          await new Promise((resolve) => setImmediate(resolve));
          expect([...world.violations, ...world.calls.flatMap(faultsOf)]).toEqual([]);
          expect(unhandled.splice(0)).toEqual([]);
        },
      ),
      { numRuns: 250, timeout: 10_000 },
    );
  }, 120_000);
});
