import { join } from 'node:path';
import ts from 'typescript';
import { root, snippetsOf } from './snippets';

// Of this realm, so that a snippet has the globals of the test.
const AsyncFunction = (async () => Promise.resolve()).constructor as new (
  ...parts: string[]
) => (...given: unknown[]) => Promise<void>;

/**
 * Runs the snippet of a page that has these words in it, and gives what it exports.
 *
 * @param scope what it takes for granted, by name
 * @param addresses the servers of the test, by their addresses in the page
 */
export async function runSnippet(
  page: string,
  words: string,
  scope: Record<string, unknown> = {},
  addresses: Record<string, string> = {},
): Promise<unknown> {
  const found = snippetsOf(page).filter(({ code }) => code.includes(words));
  if (found.length !== 1) throw new Error(`${page} has ${found.length} snippets with "${words}"`);
  let code = found[0]?.code ?? '';
  for (const [address, url] of Object.entries(addresses)) code = code.replaceAll(address, url);
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
    },
  });
  const exports = {};
  const given = { exports, require: importOf, ...scope };
  // In a block, so that a declaration may have the name of a parameter.
  await new AsyncFunction(...Object.keys(given), `{${outputText}\n}`)(...Object.values(given));
  return exports;
}

function importOf(name: string): Promise<unknown> {
  const own = /^axios-auth-interceptors(?:\/(.+))?$/.exec(name);
  return jest.requireActual(own ? join(root, 'src', own[1] ?? 'index') : name);
}
