import {
  NOTICEABLE,
  refreshTimeline,
  requestTimeline,
  type Mark,
  type Phase,
  type Timeline,
} from './phases';
import type { Chapter, RequestRecord } from './records';
import { selectRows } from './selection';
import type { Paint, Screen } from './style';
import { MARKS, PHASES } from './symbols';
import { count401s, holdOf, isAnswered, isSignedOut, whyLost } from './verdict';

const LABEL = 22;
const DURATION = 9;
const MOST_ROWS = 10;

interface Row extends Timeline {
  label: string;
  milliseconds: number;
}

type Cell = [tone: Phase | Mark, glyph: string] | undefined;

/** Draws one chapter: its refreshes, its requests or a choice of them, and the time below. */
export function drawChapter(chapter: Chapter, number: number, screen: Screen): string[] {
  const { width, paint } = screen;
  const shown = selectRows(chapter.requests, MOST_ROWS);
  const refreshes = chapter.refreshes.map<Row>((refresh) => ({
    ...refreshTimeline(refresh),
    label: `refresh ${refresh.number} (${refresh.reason})`,
    milliseconds: (refresh.endedAt ?? refresh.startedAt) - refresh.startedAt,
  }));
  const requests = shown.map<Row>((request) => ({
    ...requestTimeline(request, whyLost(request) !== null),
    label: request.label,
    milliseconds: (request.endedAt ?? request.startedAt) - request.startedAt,
  }));
  const rows = [...refreshes, ...requests];

  const columns = width - LABEL - DURATION - 4;
  const end = Math.max(...rows.flatMap(({ marks }) => marks.map(({ at }) => at)));
  const scale = { start: chapter.startedAt, span: Math.max(1, end - chapter.startedAt), columns };
  return [
    paint('title', rule(`${number}. ${chapter.title}`, width)),
    `  ${chapter.text}`,
    '',
    ...rows.map((row) => drawRow(row, scale, screen)),
    ...drawAxis(scale, screen),
    paint('quiet', `  ${facts(chapter, shown.length)}`),
  ];
}

export function rule(title: string, width: number): string {
  return `── ${title} `.padEnd(width, '─');
}

interface Scale {
  start: number;
  span: number;
  columns: number;
}

const columnOf = (at: number, { start, span, columns }: Scale): number =>
  Math.min(columns - 1, Math.max(0, Math.floor(((at - start) / span) * (columns - 1))));

function drawRow({ label, milliseconds, ...timeline }: Row, scale: Scale, screen: Screen): string {
  const cells: Cell[] = Array.from({ length: scale.columns });
  for (const { phase, from, to } of timeline.spans) {
    const first = columnOf(from, scale);
    cells.fill([phase, PHASES[phase]], first, Math.max(first + 1, columnOf(to, scale)));
  }
  for (const [column, mark] of placeMarks(timeline, scale)) cells[column] = [mark, MARKS[mark]];
  const duration = `${Math.round(milliseconds)} ms`.padStart(DURATION);
  const bar = joinCells(cells, screen.paint);
  return `  ${label.slice(0, LABEL).padEnd(LABEL)} ${bar}${screen.paint('quiet', duration)}`;
}

/** No mark hides another one, nor the beginning of the row: each has a column of its own. */
function placeMarks({ spans, marks }: Timeline, scale: Scale): [column: number, mark: Mark][] {
  let last = spans[0] ? columnOf(spans[0].from, scale) : -1;
  const placed = marks.map<[number, Mark]>(({ at, mark }) => {
    last = Math.max(last + 1, columnOf(at, scale));
    return [last, mark];
  });
  const excess = Math.max(0, last - (scale.columns - 1));
  return placed.map(([column, mark]) => [Math.max(0, column - excess), mark]);
}

/** One colour code for each run of cells that are alike. */
function joinCells(cells: readonly Cell[], paint: Paint): string {
  let bar = '';
  for (let at = 0, end = 0; at < cells.length; at = end) {
    const cell = cells[at];
    while (end < cells.length && cells[end]?.[0] === cell?.[0]) end++;
    bar += cell ? paint(cell[0], cell[1].repeat(end - at)) : ' '.repeat(end - at);
  }
  return bar;
}

const STEPS = [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];
const LEAST_COLUMNS_PER_STEP = 9;

function drawAxis(scale: Scale, { paint }: Screen): string[] {
  const { start, span, columns } = scale;
  const step =
    STEPS.find((candidate) => (candidate / span) * columns >= LEAST_COLUMNS_PER_STEP) ?? span;
  const line = Array.from({ length: columns }, () => '─');
  let labels = '';
  for (let time = 0; time <= span; time += step) {
    const column = columnOf(start + time, scale);
    const label = time === 0 ? '0' : `${time} ms`;
    if (column + label.length > columns + DURATION) break;
    line[column] = '┬';
    labels = labels.padEnd(column) + label;
  }
  const indent = ' '.repeat(LABEL + 3);
  return [paint('quiet', indent + line.join('')), paint('quiet', indent + labels)];
}

/** What the rows cannot say, because not all of them are shown. */
function facts({ requests, refreshes }: Chapter, shown: number): string {
  const count = (holds: (request: RequestRecord) => boolean): number =>
    requests.filter(holds).length;
  const total = requests.length;
  const recovered = count((request) => isAnswered(request) && count401s(request) > 0);
  const aborted = count(({ settlement }) => settlement.kind === 'cancelled');
  const signedOut = count(isSignedOut);
  const parts = [
    shown < total ? `${total} requests (${shown} shown)` : `${total} requests`,
    `${count(isAnswered)} answered`,
    `${count((request) => holdOf(request) > NOTICEABLE)} waited`,
    recovered > 0 && `${recovered} × 401 recovered`,
    aborted > 0 && `${aborted} aborted`,
    signedOut > 0 && `${signedOut} signed out`,
    `${refreshes.length} ${refreshes.length === 1 ? 'refresh' : 'refreshes'}`,
  ];
  return parts.filter(Boolean).join(', ');
}
