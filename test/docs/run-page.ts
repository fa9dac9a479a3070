import { join } from 'node:path';
import ts from 'typescript';
import { moduleAt, root } from './snippets';

// Of this realm, so that the page shares its globals with the test.
const AsyncFunction = (async () => Promise.resolve()).constructor as new (
  ...parts: string[]
) => (...given: unknown[]) => Promise<unknown>;

/**
 * Runs the TypeScript of a page as one module, and gives what it exports.
 *
 * @param page its path from the root of the repository
 * @param addresses the servers of the test, by their addresses in the page
 * @param scope what the page takes for granted, by name
 */
export async function runPage<Exports>(
  page: string,
  addresses: Record<string, string>,
  scope: Record<string, unknown> = {},
): Promise<Exports> {
  const { outputText } = ts.transpileModule(moduleAt(page, addresses), {
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
    },
  });
  const exports = {};
  const given = { exports, require: importOf, ...scope };
  // In a block, so that a declaration may have the name of a parameter.
  const body = `{${outputText}\n}\n//# sourceURL=${page}`;
  await new AsyncFunction(...Object.keys(given), body)(...Object.values(given));
  return exports as Exports;
}

function importOf(name: string): unknown {
  const own = /^axios-auth-interceptors(?:\/(.+))?$/.exec(name);
  return jest.requireActual(own ? join(root, 'src', own[1] ?? 'index') : name);
}
