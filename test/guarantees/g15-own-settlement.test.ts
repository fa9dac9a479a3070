import fc from 'fast-check';
import { createExpiringApi, tokenOf } from '../support/expiring-api';
import { json } from '../support/http-server';
import { cleanUp, until } from '../support/session';
import {
  createWorld,
  type Call,
  type Command,
  type RefreshOutcome,
} from '../support/settlement-world';

afterEach(cleanUp);

const NUMBERS = Array.from({ length: 100 }, (_, index) => index);

const unhandled: unknown[] = [];

const keep = (reason: unknown): void => void unhandled.push(reason);

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
  { weight: 2, arbitrary: fc.constant<Command>({ type: 'peer' }) },
  { weight: 2, arbitrary: fc.constant<Command>({ type: 'abort' }) },
  { weight: 2, arbitrary: fc.constant<Command>({ type: 'sign-in' }) },
  { weight: 1, arbitrary: fc.constant<Command>({ type: 'sign-out' }) },
  { weight: 1, arbitrary: fc.constant<Command>({ type: 'refresh' }) },
);

const outcome = fc.constantFrom<RefreshOutcome>(
  'ok',
  'ok',
  'slow',
  'transient',
  'permanent',
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

describe('G15: every caller gets exactly one settlement, from its own request', () => {
  test('a hundred different requests come through one expiry with their own answers', async () => {
    const { api, at, refreshes } = await createExpiringApi();
    const answers = await Promise.all(
      NUMBERS.map((n) => api.get<{ url: string }>(`/things/${n}`, { params: { n } })),
    );
    expect(answers.map(({ data }) => data.url)).toEqual(NUMBERS.map((n) => `/things/${n}?n=${n}`));
    expect(answers.map(({ config }) => config.url)).toEqual(NUMBERS.map((n) => `/things/${n}`));
    expect(refreshes()).toBe(1);
    for (const n of NUMBERS) expect(at(`/things/${n}`).length).toBeLessThanOrEqual(2);
  });

  test('a hundred bodies come through one expiry, each to its own caller', async () => {
    const { api, refreshes } = await createExpiringApi({
      answer: ({ method, body }, response) => {
        json(response, 200, { method, echo: JSON.parse(body.toString()) as unknown });
      },
    });
    const methods = ['post', 'put', 'patch'] as const;
    const answers = await Promise.all(
      NUMBERS.map(async (n) => (await api[methods[n % 3]!]<unknown>('/echo', { n })).data),
    );
    expect(answers).toEqual(
      NUMBERS.map((n) => ({ method: methods[n % 3]!.toUpperCase(), echo: { n } })),
    );
    expect(refreshes()).toBe(1);
  });

  test('answers that come in the reverse order still reach their own callers', async () => {
    const pending: (() => void)[] = [];
    const { api } = await createExpiringApi({
      answer: ({ url }, response) => {
        pending.push(() => {
          json(response, 200, url);
        });
        if (pending.length === 10) for (const answer of pending.reverse()) answer();
      },
    });
    const urls = NUMBERS.slice(0, 10).map((n) => `/things/${n}`);
    const answers = await Promise.all(urls.map(async (url) => (await api.get<string>(url)).data));
    expect(answers).toEqual(urls);
  });

  test('a replay that fails rejects its own caller, and no other', async () => {
    const { api } = await createExpiringApi({
      answer: ({ url }, response) => {
        json(response, url === '/things/3' ? 404 : 200, { url });
      },
    });
    const settled = await Promise.allSettled(
      NUMBERS.slice(0, 6).map((n) => api.get(`/things/${n}`)),
    );
    expect(settled.map(({ status }) => status)).toEqual(
      [0, 1, 2, 3, 4, 5].map((n) => (n === 3 ? 'rejected' : 'fulfilled')),
    );
    expect(settled[3]).toMatchObject({
      reason: { response: { status: 404, data: { url: '/things/3' } } },
    });
  });

  test('requests of two expiries at once get their own answers with the newest token', async () => {
    const { api, expire, hold, release, requests, refreshes } = await createExpiringApi();
    await api.get('/warm');
    expire();
    hold();
    const first = NUMBERS.slice(0, 5).map((n) => api.get<{ url: string }>(`/first/${n}`));
    await until(() => refreshes() === 2);
    const second = NUMBERS.slice(0, 5).map((n) => api.get<{ url: string }>(`/second/${n}`));
    release();
    const urls = (await Promise.all([...first, ...second])).map(({ data }) => data.url);
    const wanted = (name: string): string[] => NUMBERS.slice(0, 5).map((n) => `/${name}/${n}`);
    expect(urls).toEqual([...wanted('first'), ...wanted('second')]);
    expect(tokenOf(requests.at(-1)!)).toBe('token-2');
  });
});

describe('G15: in whatever order things happen', () => {
  beforeAll(() => process.on('unhandledRejection', keep));

  afterAll(() => process.off('unhandledRejection', keep));

  describe.each([
    ['a synchronous', false],
    ['an asynchronous', true],
  ])('over %s store', (_, asynchronousStore) => {
    test('whatever happens in whatever order, every request settles once and as itself', async () => {
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
});
