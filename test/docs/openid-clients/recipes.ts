import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { TokenResponse, Tokens } from '../../../src/index';
import { moduleAt, OTHER_LIBRARIES, root } from '../snippets';

const out = join(__dirname, 'node_modules', '.recipes');
let builds = 0;

export interface Report {
  outcome: { status?: number; name?: string; code?: string; oauthError?: string; message?: string };
  held: (Tokens & Record<string, unknown>) | null;
}

/** The servers of a test speak http, which both libraries refuse unless they are told otherwise. */
const OVER_HTTP = {
  'timeout: 10,': 'timeout: 10, execute: [openid.allowInsecureRequests],',
  '{ signal }': '{ signal, [oauth.allowInsecureRequests]: true }',
};

/** Builds the page as a module that imports axios and the libraries; gives its URL. */
export function buildRecipes(servers: { issuer: string; api: string }): string {
  const code = moduleAt(OTHER_LIBRARIES, {
    'https://id.example.com': servers.issuer,
    'https://api.example.com': servers.api,
    ...OVER_HTTP,
  });
  mkdirSync(out, { recursive: true });
  const file = join(out, `page-${process.pid}-${++builds}.mjs`);
  const flags = ['--bundle', '--format=esm', '--platform=node', '--target=es2022', '--loader=ts'];
  const external = ['axios', 'openid-client', 'oauth4webapi'].map((name) => `--external:${name}`);
  const alias = `--alias:axios-auth-interceptors=${join(root, 'src/index.ts')}`;
  execFileSync(
    require.resolve('esbuild/bin/esbuild'),
    [...flags, ...external, alias, `--outfile=${file}`, '--log-level=error'],
    { cwd: root, input: code },
  );
  return pathToFileURL(file).href;
}

/** Signs in with these tokens, and sends one request. */
export async function runRecipe(given: {
  page: string;
  recipe: string;
  secret: string;
  tokens: TokenResponse;
}): Promise<Report> {
  const script = join(__dirname, 'run.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(given)]);
  return JSON.parse(stdout) as Report;
}
