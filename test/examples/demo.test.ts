import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Chapter } from '../../examples/demo/records';
import type { Verdict } from '../../examples/demo/verdict';

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

const ROOT = join(__dirname, '..', '..');
const TS_NODE = require.resolve('ts-node/dist/bin.js');
const GENEROUS = 120_000;

/** Runs the demo as `npm start` does. */
function runDemo(...options: string[]): Promise<Outcome> {
  const script = [TS_NODE, '--transpile-only', 'examples/demo/main.ts', ...options];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      script,
      { cwd: ROOT, timeout: GENEROUS },
      (error, stdout, stderr) => {
        const code = error ? Number(error.code ?? 1) : 0;
        resolve({ code, stdout, stderr });
      },
    );
  });
}

describe('the demo', () => {
  let json: Outcome;
  let report: Verdict & { chapters: Chapter[] };

  beforeAll(async () => {
    json = await runDemo('--json');
    report = JSON.parse(json.stdout) as typeof report;
  }, GENEROUS);

  it('G15: loses nobody, and lets no caller see a 401', () => {
    expect(report.problems).toEqual([]);
    expect(report.summary).toMatchObject({ lost: 0, seen401s: 0 });
    expect(json).toMatchObject({ code: 0, stderr: '' });
  });

  it('G15: sends requests of every kind, and accounts for each of them', () => {
    const requests = report.chapters.flatMap((chapter) => chapter.requests);
    const kinds = new Set(requests.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(['download', 'get', 'json', 'upload']);
    const { answers, aborted, signedOut } = report.summary;
    expect(answers + aborted + signedOut).toBe(requests.length);
    expect(requests.length).toBeGreaterThan(50);
  });

  it('G5: comes through several expiries, with one refresh at a time', () => {
    expect(report.summary.refreshes).toBeGreaterThanOrEqual(3);
    expect(report.summary.mostRefreshesAtOnce).toBe(1);
  });

  it('G17: sends again what came back with a 401', () => {
    expect(report.summary.replays).toBeGreaterThanOrEqual(1);
    expect(report.summary.recovered401s).toBeGreaterThanOrEqual(1);
  });

  it('G10: comes through an outage of the token endpoint by trying again', () => {
    expect(report.summary.outagesRecovered).toBe(1);
  });

  it('G20: ends the aborted request, and no other one', () => {
    expect(report.summary.aborted).toBe(1);
  });

  it('G21: ends those who wait when the user signs out', () => {
    expect(report.summary.signedOut).toBeGreaterThanOrEqual(1);
  });

  it(
    'draws chapters with a legend and a summary, without colours where there is no terminal',
    async () => {
      const { code, stdout, stderr } = await runDemo();
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/held .* sent .* 401 .* refresh wait .* replayed .* done/);
      for (const [index, { title }] of report.chapters.entries()) {
        expect(stdout).toContain(`${index + 1}. ${title}`);
      }
      expect(stdout).toMatch(/── Summary ─/);
      expect(stdout).toMatch(/401s seen by callers +0\n/);
      expect(stdout).toMatch(/lost +0\n/);
      expect(stdout).not.toContain('\u001b');
    },
    GENEROUS,
  );

  it(
    'explains itself, and refuses an option that it does not know',
    async () => {
      const [help, unknown] = await Promise.all([runDemo('--help'), runDemo('--jsn')]);
      expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining('--json') as string });
      expect(unknown).toMatchObject({ code: 1, stdout: '' });
      expect(unknown.stderr).toContain('Unknown option: --jsn');
    },
    GENEROUS,
  );
});
