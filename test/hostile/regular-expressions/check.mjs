// Reads a list of [source, flags] from its input, and writes what is known about the time that each takes.
import { readFileSync } from 'node:fs';
import { check } from 'recheck';

const verdicts = [];
for (const [source, flags] of JSON.parse(readFileSync(0, 'utf8'))) {
  const { status, complexity, attack } = await check(source, flags, { timeout: 60_000 });
  verdicts.push({ status, complexity: complexity?.summary, attack: attack?.pattern });
}
process.stdout.write(JSON.stringify(verdicts));
