import { join } from 'node:path';
import ts from 'typescript';
import { root } from '../docs/snippets';
import type { Recipes } from './recipes';

/** What the compiler has to say about the TypeScript of the page, with the types of the libraries. */
export function typeErrors({ folder, names }: Recipes): string[] {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts', 'lib.esnext.disposable.d.ts'],
    jsx: ts.JsxEmit.ReactJSX,
    experimentalDecorators: true,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
    paths: {
      axios: [join(root, 'node_modules/axios')],
      // One React for the recipes and for the entry of the package.
      react: [join(root, 'node_modules/@types/react')],
      'react/*': [join(root, 'node_modules/@types/react/*')],
      'axios-auth-interceptors': [join(root, 'src/index.ts')],
      'axios-auth-interceptors/*': [join(root, 'src/*/index.ts')],
    },
  };
  const files = names.filter((name) => /\.tsx?$/.test(name)).map((name) => join(folder, name));
  const program = ts.createProgram(files, options);
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file?.getLineAndCharacterOfPosition(start ?? 0).line ?? 0;
    const text = ts.flattenDiagnosticMessageText(messageText, '\n');
    return `${file?.fileName.replace(`${folder}/`, '') ?? ''} +${line + 1}: ${text}`;
  });
}
