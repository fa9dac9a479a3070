export const HELP = `Usage: npm start [-- options]

Runs an auth server on loopback whose access tokens live one second, sends it requests of many
kinds through several expiries, an outage and a sign-out, and draws what happened.

  --json   one JSON document instead of the drawing (npm start --silent -- --json)
  --help   this text

Exits with 1 when a request was lost or a caller saw a 401. NO_COLOR is honoured.`;

export type Mode = 'draw' | 'json' | 'help';

/** @throws Error for an option that does not exist */
export function parseArguments(argv: readonly string[]): Mode {
  let mode: Mode = 'draw';
  for (const argument of argv) {
    if (argument === '--help' || argument === '-h') return 'help';
    if (argument !== '--json') throw new Error(`Unknown option: ${argument}\n\n${HELP}`);
    mode = 'json';
  }
  return mode;
}
