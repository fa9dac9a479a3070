import type { Check } from '../runtimes/report';

/** What a program has found: the version that it really ran with, and its checks for each column of the table. */
export interface Found {
  version: string;
  checks: Record<string, Check[]>;
}

/** Runs with what the process was given, and sends what was found to the parent. Then nothing may keep it alive. */
export function tell(run: (given: never) => Promise<Found>): void {
  run(JSON.parse(process.argv[2]!) as never).then(
    (found) => process.send!(found),
    (error: unknown) => {
      process.stderr.write(`${String((error as Error).stack)}\n`);
      process.exitCode = 1;
    },
  );
}
