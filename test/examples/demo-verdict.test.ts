import type { Chapter, RefreshRecord, RequestRecord } from '../../examples/demo/records';
import { judge, type Verdict } from '../../examples/demo/verdict';

const good: RequestRecord = {
  id: 'demo-1',
  kind: 'get',
  label: 'GET /items',
  expected: 'answer',
  startedAt: 0,
  endedAt: 300,
  exchanges: [
    { sentAt: 10, answeredAt: 50, status: 401 },
    { sentAt: 200, answeredAt: 290, status: 200 },
  ],
  settlement: { kind: 'answered', status: 200, fault: null },
};

const refresh: RefreshRecord = {
  number: 1,
  reason: 'rejected',
  startedAt: 50,
  endedAt: 200,
  exchanges: [
    { sentAt: 60, answeredAt: 100, status: 503 },
    { sentAt: 150, answeredAt: 190, status: 200 },
  ],
  outcome: 'refreshed',
};

function judgeAll(requests: Partial<RequestRecord>[], refreshes: RefreshRecord[] = []): Verdict {
  const chapter: Chapter = {
    title: '',
    text: '',
    startedAt: 0,
    requests: requests.map((request) => ({ ...good, ...request })),
    refreshes,
  };
  return judge([chapter]);
}

const rejected = (code: string, status: number | null = null): Partial<RequestRecord> => ({
  settlement: { kind: 'rejected', code, status, message: 'no' },
});

describe('the verdict of the demo', () => {
  it('G15: is good when everybody got an answer, and counts what it took', () => {
    const { ok, problems, summary } = judgeAll([{}, { exchanges: [] }], [refresh]);
    expect({ ok, problems }).toEqual({ ok: true, problems: [] });
    expect(summary).toMatchObject({ requests: 2, answers: 2, lost: 0, seen401s: 0 });
    expect(summary).toMatchObject({
      recovered401s: 1,
      replays: 1,
      refreshes: 1,
      outagesRecovered: 1,
    });
  });

  it('G15: counts as held what a request was kept from the wire, and nothing else', () => {
    expect(judgeAll([{}]).summary.longestHold).toBe(160);
    expect(judgeAll([{ exchanges: [] }]).summary.longestHold).toBe(300);
  });

  it('G5: tells refreshes that were under way at the same time', () => {
    expect(judgeAll([{}], [refresh]).summary.mostRefreshesAtOnce).toBe(1);
    expect(judgeAll([{}], [refresh, refresh]).summary.mostRefreshesAtOnce).toBe(2);
  });

  it.each<[string, Partial<RequestRecord>]>([
    [
      'an answer with wrong contents',
      { settlement: { kind: 'answered', status: 200, fault: 'x' } },
    ],
    ['a request that never settled', { settlement: { kind: 'unsettled' }, endedAt: null }],
    ['an error', rejected('ERR_NETWORK')],
    ['a sign-out that nobody asked for', rejected('ERR_AUTH_SIGNED_OUT')],
    ['another end than the sign-out', { ...rejected('ERR_AUTH_STORE'), expected: 'signed-out' }],
    ['an abort that nobody asked for', { settlement: { kind: 'cancelled' } }],
  ])('G15: is bad with %s', (_what, request) => {
    const { ok, problems, summary } = judgeAll([{}, request]);
    expect(ok).toBe(false);
    expect(problems).toHaveLength(1);
    expect(summary).toMatchObject({ lost: 1, seen401s: 0 });
  });

  it.each<[string, Partial<RequestRecord>]>([
    ['as an error', rejected('ERR_BAD_REQUEST', 401)],
    ['as an answer', { settlement: { kind: 'answered', status: 401, fault: 'no items' } }],
  ])('G15: is bad when a caller sees a 401 %s', (_what, request) => {
    const { ok, summary } = judgeAll([request]);
    expect({ ok, seen: summary.seen401s }).toEqual({ ok: false, seen: 1 });
  });

  it('G20: takes the end of a request that was aborted as due', () => {
    const { ok, summary } = judgeAll([
      { settlement: { kind: 'cancelled' }, expected: 'cancelled' },
      { expected: 'cancelled' },
    ]);
    expect({ ok, aborted: summary.aborted }).toEqual({ ok: true, aborted: 1 });
  });

  it('G21: takes the end of a request by signing out as due, whatever answer led to it', () => {
    const { ok, summary } = judgeAll([
      { ...rejected('ERR_AUTH_SIGNED_OUT', 401), expected: 'signed-out' },
    ]);
    expect(ok).toBe(true);
    expect(summary).toMatchObject({ signedOut: 1, seen401s: 0, lost: 0 });
  });
});
