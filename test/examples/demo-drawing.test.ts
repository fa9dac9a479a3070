import type { Chapter, RequestRecord } from '../../examples/demo/records';
import { selectRows } from '../../examples/demo/selection';
import { screenFor } from '../../examples/demo/style';
import { drawChapter } from '../../examples/demo/waterfall';

const ANSI = /\u001b\[/;

function request(number: number, changes: Partial<RequestRecord> = {}): RequestRecord {
  return {
    id: `demo-${number}`,
    kind: 'get',
    label: `GET /items?page=${number}`,
    expected: 'answer',
    startedAt: 0,
    endedAt: 400,
    exchanges: [
      { sentAt: 0, answeredAt: 100, status: 401 },
      { sentAt: 300, answeredAt: 400, status: 200 },
    ],
    settlement: { kind: 'answered', status: 200, fault: null },
    ...changes,
  };
}

const chapterOf = (requests: RequestRecord[]): Chapter => ({
  title: 'A chapter',
  text: 'What happens.',
  startedAt: 0,
  requests,
  refreshes: [
    {
      number: 1,
      reason: 'rejected',
      startedAt: 100,
      endedAt: 300,
      exchanges: [
        { sentAt: 100, answeredAt: 150, status: 503 },
        { sentAt: 250, answeredAt: 300, status: 200 },
      ],
      outcome: 'refreshed',
    },
  ],
});

const rowOf = (lines: string[], label: string): string =>
  lines.find((line) => line.includes(label)) ?? '';

describe('the drawing of the demo', () => {
  const plain = screenFor({}, {});

  it('shows a replayed request in the order of events', () => {
    const lines = drawChapter(chapterOf([request(7)]), 1, plain);
    expect(rowOf(lines, 'GET /items?page=7')).toMatch(/ ─+×·+═+● +400 ms$/);
    expect(rowOf(lines, 'refresh 1 (rejected)')).toMatch(/ ▓+!·+▓+● +200 ms$/);
  });

  it('shows how a request ended that got no answer', () => {
    const cancelled = request(1, { settlement: { kind: 'cancelled' }, expected: 'cancelled' });
    const lost = request(2, { settlement: { kind: 'unsettled' }, endedAt: null });
    const held = request(3, { exchanges: [] });
    const lines = drawChapter(chapterOf([cancelled, lost, held]), 1, plain);
    expect(rowOf(lines, 'page=1')).toContain('○');
    expect(rowOf(lines, 'page=2')).toContain('?  ');
    expect(rowOf(lines, 'page=3')).toMatch(/ ░+● +400 ms$/);
  });

  it('keeps both marks of what happened within one column', () => {
    const quick = request(1, {
      endedAt: 3,
      exchanges: [
        { sentAt: 0, answeredAt: 1, status: 401 },
        { sentAt: 2, answeredAt: 3, status: 200 },
      ],
    });
    const lines = drawChapter(chapterOf([quick, request(2)]), 1, plain);
    expect(rowOf(lines, 'page=1')).toMatch(/ .×●/);
  });

  it.each([64, 80, 100, 120])('keeps to %i columns', (columns) => {
    const requests = Array.from({ length: 30 }, (_, index) => request(index));
    const lines = drawChapter(chapterOf(requests), 1, screenFor({ columns }, {}));
    expect(Math.max(...lines.slice(0, -1).map((line) => line.length))).toBe(columns);
  });

  it('says how many requests are not shown, and never leaves a lost one out', () => {
    const fault = 'wrong';
    const requests = Array.from({ length: 40 }, (_, index) =>
      request(index, index % 3 ? {} : { settlement: { kind: 'answered', status: 200, fault } }),
    );
    const rows = selectRows(requests, 10);
    const lost = requests.filter((_, index) => index % 3 === 0);
    expect(rows).toEqual(expect.arrayContaining(lost));
    expect(drawChapter(chapterOf(requests), 1, plain).join('\n')).toContain(
      '40 requests (14 shown)',
    );
  });

  it('uses colours on a terminal only, and not against NO_COLOR', () => {
    const draw = (output: object, env: object): string =>
      drawChapter(chapterOf([request(1)]), 1, screenFor(output, env as NodeJS.ProcessEnv)).join();
    expect(draw({ isTTY: true }, {})).toMatch(ANSI);
    expect(draw({ isTTY: true }, { NO_COLOR: '1' })).not.toMatch(ANSI);
    expect(draw({ isTTY: true }, { TERM: 'dumb' })).not.toMatch(ANSI);
    expect(draw({}, {})).not.toMatch(ANSI);
  });
});
