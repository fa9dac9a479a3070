import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import type { AuthSession } from '../../src/index';
import { startServer, type TestServer } from '../support/http-server';
import { attached, cleanUp, onCleanUp, rejection, until } from '../support/session';
import { snippetsOf } from './snippets';

jest.setTimeout(120_000);

const folder = join(__dirname, 'event-sources');

beforeAll(async () => {
  const flags = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  await promisify(execFile)('npm', flags, { cwd: folder });
});
afterEach(cleanUp);

// Of this realm, so that a snippet has the globals of this file.
const ClassOfFunctions = (() => undefined).constructor as new (
  ...parts: string[]
) => (...given: unknown[]) => void;

/** Runs the snippet of the page that imports the package; `console.log` gets what it prints. */
function run(name: string, url: string, auth: AuthSession, log: (data: string) => void): object {
  const found = snippetsOf('docs/fetch.md').find(({ code }) => code.includes(`from '${name}'`));
  const code = found?.code.replaceAll('https://api.example.com', url) ?? '';
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
  const { outputText } = ts.transpileModule(code, { compilerOptions });
  const importOf = (from: string): unknown =>
    jest.requireActual(
      from === name
        ? createRequire(join(folder, 'package.json')).resolve(name)
        : from.replace('axios-auth-interceptors/fetch', '../../src/fetch/index'),
    );
  const exported = {};
  const snippet = new ClassOfFunctions('exports', 'require', 'auth', 'console', outputText);
  snippet(exported, importOf, auth, { log });
  return exported;
}

/** Two events for each connection, to who has `access-2`; a client is to come again at once. */
async function open(): Promise<{ server: TestServer; auth: AuthSession; seen(): unknown[] }> {
  let connections = 0;
  const server = await startServer(({ headers }, response) => {
    const isGood = headers.authorization === 'Bearer access-2';
    const type = isGood ? 'text/event-stream' : 'application/json';
    response.writeHead(isGood ? 200 : 401, { 'content-type': type });
    const name = isGood ? ++connections : 0;
    response.end(
      isGood
        ? `retry: 1\ndata: ${name}a\n\ndata: ${name}b\n\n`
        : JSON.stringify({ code: 'TOKEN_EXPIRED' }),
    );
  });
  const { auth } = attached();
  onCleanUp(() => auth.signOut());
  const seen = (): unknown[] => server.requests.map(({ headers }) => headers.authorization);
  return { server, auth, seen };
}

test('eventsource connects with the token, again when the stream ends, and ends with the session', async () => {
  const { server, auth, seen } = await open();
  const data: string[] = [];
  const { events } = run('eventsource', server.url, auth, (line) => data.push(line)) as {
    events: { readyState: number };
  };
  await until(() => data.length >= 4);
  expect(data.slice(0, 4)).toEqual(['1a', '1b', '2a', '2b']);
  expect(seen().slice(0, 3)).toEqual(['Bearer access-1', 'Bearer access-2', 'Bearer access-2']);
  expect(events.readyState).not.toBe(2);
  await auth.signOut();
  await until(() => events.readyState === 2);
});

test('with a parser, events come without the other lines of the stream', async () => {
  const parts = [
    ...[': a comment\n\nid: 1\nretry: 10\nevent: price\ndata: 1', '0\n', '\r\n'],
    ...['data: {"a":\r\ndata:  1}\r\n\r\nid: 2\n\ndata:no space\n\n', 'data: cut off'],
  ];
  const server = await startServer(({ headers }, response) => {
    const isGood = headers.authorization === 'Bearer access-2';
    response.writeHead(isGood ? 200 : 401, { 'content-type': 'text/event-stream' });
    if (!isGood) return void response.end('{"code":"TOKEN_EXPIRED"}');
    for (const part of parts) response.write(part);
    response.end();
  });
  const { auth } = attached();
  onCleanUp(() => auth.signOut());
  const { listen } = run('eventsource-parser/stream', server.url, auth, () => undefined) as {
    listen(onEvent: (data: string) => void, signal: AbortSignal): Promise<void>;
  };
  const data: string[] = [];
  await listen((event) => data.push(event), AbortSignal.timeout(60_000));
  expect(data).toEqual(['10', '{"a":\n 1}', 'no space']);
});

test('fetch-event-source does so too, and rejects when the session is over', async () => {
  // It is for browsers: this is what it uses of one.
  const ignore = (): undefined => undefined;
  const page = { hidden: false, addEventListener: ignore, removeEventListener: ignore };
  Object.assign(globalThis, { window: globalThis, document: page });
  onCleanUp(() => {
    Object.assign(globalThis, { window: undefined, document: undefined });
  });
  const { server, auth, seen } = await open();
  const data: string[] = [];
  const name = '@microsoft/fetch-event-source';
  const { listening } = run(name, server.url, auth, (line) => data.push(line)) as {
    listening: Promise<void>;
  };
  const ended = rejection(listening);
  await until(() => data.length >= 4);
  expect(data.slice(0, 4)).toEqual(['1a', '1b', '2a', '2b']);
  expect(seen().slice(0, 3)).toEqual(['Bearer access-1', 'Bearer access-2', 'Bearer access-2']);
  await auth.signOut();
  // The next connection goes without a token, and the server does not take it.
  expect(await ended).toBeDefined();
});
