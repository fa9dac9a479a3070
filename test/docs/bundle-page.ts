import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { moduleAt, root } from './snippets';

/** The TypeScript of a page as a browser gets it; what it exports is in the global `page`. */
export const bundlePage = (page: string, addresses: Record<string, string>): string =>
  bundleCode(moduleAt(page, addresses));

/** The same for a part of a page. */
export function bundleCode(input: string): string {
  const flags = ['--bundle', '--format=iife', '--global-name=page', '--target=es2022'];
  const aliases = ['', '/fetch', '/oauth2', '/react', '/step-up'].map(
    (entry) => `--alias:axios-auth-interceptors${entry}=${join(root, 'src', entry, 'index.ts')}`,
  );
  return execFileSync(
    require.resolve('esbuild/bin/esbuild'),
    [...flags, ...aliases, '--loader=tsx', '--jsx=automatic', '--log-level=error'],
    { cwd: root, input, encoding: 'utf8', maxBuffer: 16_777_216 },
  );
}
