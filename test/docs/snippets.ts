import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { clientTypes } from './openid-clients/install';

export const root = resolve(__dirname, '../..');

const read = (document: string): string => readFileSync(join(root, document), 'utf8');
const FENCES = /^```(tsx?)\n(.*?)^```$/gms;

export interface Snippet {
  /** For the test report: the document and the line. */
  name: string;
  language: 'ts' | 'tsx';
  code: string;
}

/** The TypeScript in the fences of a Markdown file. */
export function snippetsOf(document: string): Snippet[] {
  const text = read(document);
  return [...text.matchAll(FENCES)].map((match) => ({
    name: `${document}:${text.slice(0, match.index).split('\n').length}`,
    language: match[1] as Snippet['language'],
    code: match[2]!,
  }));
}

/** Every page below docs/. */
export function pages(): string[] {
  return readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name.replaceAll('\\', '/')}`)
    .sort();
}

/** True for a page that is one application from its first snippet to its last; others show parts. */
export const isOneModule = (page: string): boolean =>
  page.startsWith('docs/sign-in/') || ['docs/react.md', 'docs/testing.md'].includes(page);

/** Checked by openid-clients.test.ts, which installs the libraries that it imports. */
export const OTHER_LIBRARIES = 'docs/sign-in/oauth2-clients.md';

/** All TypeScript of a page as one module. What is no code is left blank: the lines stay the page's. */
export function moduleOf(page: string): Snippet {
  const text = read(page);
  const blank = (part: string): string => part.replace(/.+/g, '');
  let code = '';
  let end = 0;
  for (const { 0: fence, 2: inner = '', index } of text.matchAll(FENCES)) {
    code += `${blank(text.slice(end, index))}\n${inner}`;
    end = index + fence.length;
  }
  const language = text.includes('```tsx') ? 'tsx' : 'ts';
  return { name: page, language, code };
}

/** The same with the servers of a test in place of the addresses that the page names. */
export function moduleAt(page: string, addresses: Record<string, string>): string {
  let { code } = moduleOf(page);
  for (const [address, url] of Object.entries(addresses)) {
    if (!code.includes(address)) throw new Error(`${page} does not name ${address}`);
    code = code.replaceAll(address, url);
  }
  return code;
}

/** Type-checks snippets as a reader would paste them: the prelude has what their text leaves out. */
export function typeErrors(snippets: Snippet[], more: ts.CompilerOptions = {}): string[] {
  const folder = join(root, 'test/docs');
  const files = new Map(
    snippets.map(({ code, language }, index) => [
      join(folder, `snippet-${index}.${language}`),
      `${code}\nexport {};\n`,
    ]),
  );
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.esnext.disposable.d.ts'],
    jsx: ts.JsxEmit.Preserve,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ['node'],
    paths: {
      'axios-auth-interceptors': [join(root, 'src/index.ts')],
      'axios-auth-interceptors/*': [join(root, 'src/*/index.ts')],
      'openid-client': [clientTypes('openid-client')],
      oauth4webapi: [clientTypes('oauth4webapi')],
    },
    ...more,
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.readFile = (name) => files.get(name) ?? readFile(name);
  host.getSourceFile = (name, ...rest) => {
    const code = files.get(name);
    return code === undefined
      ? getSourceFile(name, ...rest)
      : ts.createSourceFile(name, code, ts.ScriptTarget.ES2022);
  };
  const roots = [...files.keys(), join(folder, 'prelude.d.ts'), join(folder, 'ambient.d.ts')];
  const program = ts.createProgram(roots, options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const index = [...files.keys()].indexOf(file?.fileName ?? '');
    const line = file?.getLineAndCharacterOfPosition(start ?? 0).line ?? 0;
    const where = snippets[index]?.name ?? file?.fileName ?? '';
    return `${where} +${line + 1}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}
