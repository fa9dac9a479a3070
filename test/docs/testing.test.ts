import { join } from 'node:path';
import ts from 'typescript';
import { moduleOf, root } from './snippets';

const PAGE = 'docs/testing.md';

/** As a test file of the reader: its tests become tests of this one. */
function load(): void {
  const { outputText } = ts.transpileModule(moduleOf(PAGE).code, {
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
    },
  });
  const run = new Function(
    'exports',
    'require',
    'jest',
    `${outputText}\n//# sourceURL=${PAGE}`,
  ) as (...given: unknown[]) => void;
  run({}, importOf, jest);
}

function importOf(name: string): unknown {
  return jest.requireActual(name === 'axios-auth-interceptors' ? join(root, 'src/index') : name);
}

describe(PAGE, load);
