/**
 * The path of one request: which functions of src run between the call of one GET whose token has
 * expired and its settlement, through the 401, the refresh and the replay, over real HTTP. A debugger
 * would step through them all. Fails above the limit.
 *
 * Each file is transpiled by itself, not bundled, so that V8 can tell them apart; what runs as a file
 * is loaded is no function.
 */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { Session } from 'node:inspector/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';

/** What is reached: it must not grow. */
const LIMIT = { functions: 206, files: 29 };
/** What it should be. */
const AIM = { functions: 90, files: 20 };

const FRESH = { accessToken: 'new', refreshToken: 'next', expiresIn: 900 };

const root = fileURLToPath(new URL('..', import.meta.url));
const built = mkdtempSync(join(tmpdir(), 'path-'));
try {
  transpile(join(root, 'src'), built);
  symlinkSync(join(root, 'node_modules'), join(built, 'node_modules'));
  report(await pathOfOneGet(built));
} finally {
  rmSync(built, { recursive: true, force: true });
}

function transpile(from, to) {
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
  for (const name of readdirSync(from, { recursive: true })) {
    if (!name.endsWith('.ts')) continue;
    const source = readFileSync(join(from, name), 'utf8');
    const file = join(to, name.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, ts.transpileModule(source, { compilerOptions }).outputText);
  }
}

/** What V8 counted: `{ path, functions }` for each file. */
async function pathOfOneGet(folder) {
  const require = createRequire(join(folder, 'index.js'));
  const { attachAuthInterceptors, memoryStore } = require('./index.js');
  const axios = require('axios');
  const server = await serve();
  const api = axios.create({ baseURL: `http://127.0.0.1:${server.address().port}`, proxy: false });
  const session = attachAuthInterceptors(api, {
    tokenStore: memoryStore({ accessToken: 'old', refreshToken: 'refresh' }),
    refresh: async (tokens, { client }) =>
      (await client.post('/refresh', { refreshToken: tokens.refreshToken })).data,
  });
  const profiler = new Session();
  profiler.connect();
  await profiler.post('Profiler.enable');
  await profiler.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  const { status } = await api.get('/x');
  const { result } = await profiler.post('Profiler.takePreciseCoverage');
  profiler.disconnect();

  session.detach();
  server.close();
  server.closeAllConnections();
  const seen = server.seen.join(', ');
  if (status !== 200 || seen !== '401 /x, 200 /refresh, 200 /x') {
    throw new Error(`This is not the path of one expired GET: ${seen}.`);
  }

  const own = pathToFileURL(folder).href;
  return result
    .filter(({ url }) => url.startsWith(own) && !url.includes('/node_modules/'))
    .map(({ url, functions }) => ({
      path: relative(folder, fileURLToPath(url)).replace(/\.js$/, '.ts'),
      functions: functions.filter(runs).map(({ functionName }) => functionName || '(anonymous)'),
    }))
    .filter(({ functions }) => functions.length > 0)
    .sort((a, b) => b.functions.length - a.functions.length);
}

/** It has been called, and is not the top level of its file: that one begins at the first character. */
function runs({ ranges: [{ startOffset, count }] }) {
  return count > 0 && startOffset > 0;
}

async function serve() {
  const seen = [];
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const isRefresh = request.url === '/refresh';
      const status = isRefresh || request.headers.authorization === 'Bearer new' ? 200 : 401;
      seen.push(`${status} ${request.url}`);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(isRefresh ? FRESH : { code: 'TOKEN_EXPIRED' }));
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(server, { seen });
}

function report(files) {
  const count = files.reduce((sum, { functions }) => sum + functions.length, 0);
  for (const { path, functions } of files) {
    console.log(`${String(functions.length).padStart(4)}   ${path}: ${functions.join(', ')}`);
  }
  console.log(
    `\nOne expired GET runs through ${count} functions in ${files.length} files ` +
      `(limit ${LIMIT.functions} in ${LIMIT.files}, aim ${AIM.functions} in ${AIM.files}).`,
  );
  if (count > LIMIT.functions || files.length > LIMIT.files) {
    console.error('The path of one request is longer than its limit.');
    process.exitCode = 1;
  }
}
