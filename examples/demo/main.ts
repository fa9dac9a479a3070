import { HELP, parseArguments } from './arguments';
import { play } from './scenario';
import { setStage } from './stage';
import { screenFor } from './style';
import { drawSummary } from './summary';
import { drawLegend } from './symbols';
import { judge } from './verdict';
import { drawChapter } from './waterfall';

const print = (lines: readonly string[]): void => {
  process.stdout.write(`${lines.join('\n')}\n\n`);
};

async function run(draws: boolean): Promise<boolean> {
  const screen = screenFor(process.stdout, process.env);
  const stage = await setStage();
  try {
    if (draws) {
      print([
        `${screen.paint('title', 'axios-auth-interceptors')} against an auth server on ${stage.server.url}`,
        '',
        ...drawLegend(screen),
      ]);
    }
    let number = 0;
    const chapters = await play(stage, (chapter) => {
      if (draws) print(drawChapter(chapter, ++number, screen));
    });
    const verdict = judge(chapters);
    if (draws) print(drawSummary(verdict, stage.recorder.now() / 1000, screen));
    else process.stdout.write(`${JSON.stringify({ ...verdict, chapters }, null, 2)}\n`);
    return verdict.ok;
  } finally {
    await stage.close();
  }
}

async function main(): Promise<void> {
  const mode = parseArguments(process.argv.slice(2));
  if (mode === 'help') print([HELP]);
  else if (!(await run(mode === 'draw'))) process.exitCode = 1;
}

// Whoever was reading has gone, `npm start | head` for instance.
process.stdout.on('error', () => process.exit(1));

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
