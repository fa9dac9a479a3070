// Runs on Node; what it starts sees only the globals of an edge runtime.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [assignment, runtimes, script] = process.argv.slice(2);
const { EdgeVM } = createRequire(`${runtimes}/`)('@edge-runtime/vm');
const edge = new EdgeVM({ initialCode: readFileSync(script, 'utf8') });
const report = await edge.context.runScenario(assignment);
await fetch(`${JSON.parse(assignment).control}/report`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: report,
});
