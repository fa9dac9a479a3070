import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root, snippetsOf, typeErrors } from './snippets';

jest.setTimeout(120_000);

const read = (file: string): string => readFileSync(join(root, file), 'utf8');

test('the JavaScript of the page about servers is that of the examples, from the first line to the last', () => {
  const fences = [...read('docs/servers.md').matchAll(/^```js\n\/\/ (\S+)\n(.*?)^```$/gms)];
  expect(fences).toHaveLength(9);
  for (const [, file = '', code = ''] of fences) {
    expect({ file, code }).toEqual({ file, code: read(file) });
  }
});

/** An example in TypeScript: with the types of parameters that the page tells to write. */
function typed(file: string, signatures: readonly string[] = []): string {
  let code = read(`examples/${file}`);
  for (const signature of signatures) {
    expect(read('docs/servers.md')).toContain(signature);
    const bare = signature.replace(/: \w+/g, '');
    expect(code).toContain(bare);
    code = code.replace(`${bare} {`, `${signature} {`);
  }
  return code;
}

test('the examples for servers are right in TypeScript, with the types that the page names', () => {
  const failure = 'interface Failure extends Error { code?: string; status?: number }';
  expect(read('docs/servers.md')).toContain(failure);
  const ofExpress = "import type { NextFunction, Request, Response } from 'express';";
  const store = snippetsOf('docs/servers.md').find(({ code }) => code.includes('sessionTokens('));
  const modules: Record<string, string> = {
    'session-tokens': store?.code ?? '',
    'answer-errors': `${ofExpress}\n${failure}\n${typed('express/answer-errors.js', [
      'answerErrors(error: Failure, request: Request, response: Response, _next: NextFunction)',
      'statusOf(error: Failure)',
    ])}`,
    redis: `${ofExpress}\n${typed('express/redis.js', ['redisTokens({ sessionID }: Request)'])}`,
    server: `${ofExpress}\n${typed('express/server.js', [
      'openApi(request: Request, response: Response)',
    ])}`,
    worker: typed('worker/worker.js').replace('run(path)', 'run(path: string)'),
    'sign-in': typed('worker/sign-in.js'),
  };
  const names = Object.keys(modules);
  const snippets = Object.entries(modules).map(([name, code]) => ({
    name,
    language: 'ts' as const,
    // The checker numbers its files.
    code: code.replace(/'\.\/([\w-]+)\.js'/g, (_all, file: string) => {
      return `'./snippet-${names.indexOf(basename(file))}'`;
    }),
  }));
  expect(typeErrors(snippets, { exactOptionalPropertyTypes: true })).toEqual([]);
});
