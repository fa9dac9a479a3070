import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import axios from 'axios';
import { fileStore } from '../../src/node/index';
import { createWorld, expire, SERVICE } from '../oauth2/world';
import { startRedis } from '../redis/redis-server';
import { startAuthServer, type AuthServer } from '../server/index';
import { startServer } from '../support/http-server';
import { cleanUp, onCleanUp, until } from '../support/rig';
import { installExamples, portOf, run, start, type Installed, type Running } from './applications';
import { Browser, EXPECTED, meetExpiry, PASSWORDS, signInAll, USERS } from './browser';

jest.setTimeout(300_000);

const EXPIRIES = [1, 2, 3];
const HEALTHY = { refreshes: 6, refreshRefused: 0, reuseDetected: 0, logins: 2 };

let examples: Installed;
beforeAll(async () => {
  examples = await installExamples(['express', 'nestjs', 'next', 'worker']);
});
afterAll(() => {
  examples.remove();
});
afterEach(cleanUp);

async function startApi(): Promise<AuthServer> {
  const server = await startAuthServer();
  onCleanUp(() => server.close());
  return server;
}

const fiveFor = (browser: Browser, path: (index: number) => string) =>
  Array.from({ length: 5 }, (_, index) => () => browser.get(path(index)));

describe('the example for Express', () => {
  const startExpress = (server: AuthServer, env: Record<string, string> = {}, file = 'server.js') =>
    start(examples.folderOf('express'), [file], {
      API_URL: server.url,
      PORT: '0',
      SESSION_SECRET: 'a long random text',
      // Its cookies go over plain http here.
      NODE_ENV: 'development',
      ...env,
    });

  const profile = (): string => '/profile';

  test('G27: in one process parallel requests of a user renew once an expiry', async () => {
    const server = await startApi();
    const port = await portOf(startExpress(server));
    const browsers = await signInAll(() => port);
    for (const _ of EXPIRIES) {
      const requests = browsers.flatMap((browser) => fiveFor(browser, profile));
      expect(await meetExpiry(server, requests)).toEqual(EXPECTED);
    }
    expect(server.stats).toMatchObject(HEALTHY);
    expect((await browsers[0]!.signOut()).status).toBe(204);
    expect((await browsers[0]!.get('/profile')).status).toBe(401);
    expect((await browsers[1]!.get('/profile')).status).toBe(200);
  });

  test('without oncePerToken the same requests sign the users out', async () => {
    const server = await startApi();
    const folder = examples.folderOf('express');
    const code = readFileSync(join(folder, 'server.js'), 'utf8');
    writeFileSync(
      join(folder, 'without.js'),
      code.replace('= oncePerToken(', '= ((refresh) => refresh)('),
    );
    const port = await portOf(startExpress(server, {}, 'without.js'));
    const browsers = await signInAll(() => port);
    const requests = browsers.flatMap((browser) => fiveFor(browser, profile));
    expect(await meetExpiry(server, requests)).not.toEqual(EXPECTED);
    expect(server.stats.reuseDetected).toBeGreaterThan(0);
  });

  test('a request that saves its session late does not bring the old tokens back', async () => {
    const server = await startApi();
    const folder = examples.folderOf('express');
    const slow = `let release;
const released = new Promise((resolve) => (release = resolve));
app.get('/slow', async (request, response) => {
  request.session.views = -1;
  console.log('is slow');
  await released;
  response.json({});
});
app.get('/release', (_request, response) => {
  release();
  response.json({});
});
`;
    const code = readFileSync(join(folder, 'server.js'), 'utf8')
      // Not by the memory of oncePerToken.
      .replace('oncePerToken(', '((call) => oncePerToken(call, { keepFor: 0 }))(')
      .replace("app.get('/profile'", `${slow}app.get('/profile'`);
    writeFileSync(join(folder, 'slow.js'), code);
    const express = startExpress(server, {}, 'slow.js');
    const browser = new Browser(await portOf(express));
    await browser.signIn('alice');
    const late = browser.get('/slow');
    await until(() => express.output().includes('is slow'));
    server.controls.expireAllAccessTokens();
    expect((await browser.get('/profile')).status).toBe(200);
    await browser.get('/release');
    await late;
    server.controls.expireAllAccessTokens();
    expect((await browser.get('/profile')).status).toBe(200);
    expect(server.stats).toMatchObject({ refreshes: 2, refreshRefused: 0, reuseDetected: 0 });
  });

  test('G27: two processes over Redis renew once an expiry', async () => {
    const server = await startApi();
    const redis = await startRedis();
    const env = { REDIS_URL: `redis://127.0.0.1:${redis.port}` };
    const processes = [startExpress(server, env), startExpress(server, env)];
    const ports = await Promise.all(processes.map(portOf));
    const browsers = await signInAll(() => ports[0]!);
    for (const _ of EXPIRIES) {
      const requests = browsers.flatMap((browser) => [
        ...fiveFor(browser, profile).slice(0, 3),
        ...fiveFor(browser.at(ports[1]!), profile).slice(3),
      ]);
      expect(await meetExpiry(server, requests)).toEqual(EXPECTED);
    }
    expect(server.stats).toMatchObject(HEALTHY);
  });
});

describe('what the example for Express prints and answers', () => {
  const TOKENS = { accessToken: 'the-access-token', refreshToken: 'the-refresh-token' };

  /** An upstream that answers with these statuses; 0 cuts the connection. */
  const startUpstream = (statusOf: Record<string, number>) =>
    startServer(({ url }, response) => {
      const status = statusOf[url] ?? 200;
      if (status === 0) return void response.destroy();
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(TOKENS));
    });

  const CREDENTIALS = /wonderland|the-access-token|the-refresh-token/;

  test.each(['development', 'production'])('holds no credential, in %s', async (NODE_ENV) => {
    const statusOf: Record<string, number> = {};
    const { url } = await startUpstream(statusOf);
    const express = start(examples.folderOf('express'), ['server.js'], {
      API_URL: url,
      PORT: '0',
      SESSION_SECRET: 'a long random text',
      NODE_ENV,
    });
    const application = `http://127.0.0.1:${await portOf(express)}`;
    const http = axios.create({ baseURL: application, validateStatus: () => true });
    const body = { username: 'alice', password: 'wonderland' };
    const login = async (status: number) => {
      statusOf['/auth/login'] = status;
      return http.post('/login', body);
    };
    const answers = [await login(0), await login(500), await login(401)];
    answers.push(
      await http.post('/login', '{"password":wonderland', {
        headers: { 'content-type': 'application/json' },
      }),
    );
    expect(answers.map(({ status }) => status)).toEqual([502, 502, 401, 400]);
    if (NODE_ENV === 'development') {
      const { headers } = await login(200);
      statusOf['/profile'] = 500;
      const [cookie = ''] = headers['set-cookie'] ?? [];
      answers.push(await http.get('/profile', { headers: { cookie } }));
      expect(answers.at(-1)?.status).toBe(502);
    }
    await until(() => express.output().includes('POST /login 400'));
    expect(express.output()).toContain('POST /login 502 ECONNRESET');
    expect(express.output()).not.toMatch(CREDENTIALS);
    expect(JSON.stringify(answers.map(({ data }): unknown => data))).not.toMatch(CREDENTIALS);
    expect(JSON.stringify(answers.map(({ data }): unknown => data))).not.toMatch(/\bat .*:\d+/);
  });
});

test('the example for Express answers an AuthError by what it means, and prints what to do', async () => {
  const folder = examples.folderOf('express');
  const program = `import { AuthError } from 'axios-auth-interceptors';
import { answerErrors } from './answer-errors.js';

const response = { status: (status) => (console.error('answered', status), response), json() {} };
for (const code of process.argv.slice(2)) {
  answerErrors(new AuthError(code, \`what to do about \${code}\`), { method: 'GET', path: '/' }, response);
}
`;
  writeFileSync(join(folder, 'errors.js'), program);
  const statusOf: Record<string, number> = {
    ERR_AUTH_SIGNED_OUT: 401,
    ERR_AUTH_SESSION_EXPIRED: 401,
    ERR_AUTH_REFRESH_FAILED: 503,
    ERR_AUTH_CONFIG: 500,
    ERR_AUTH_INSECURE_URL: 500,
  };
  const express = start(folder, ['errors.js', ...Object.keys(statusOf)], {});
  expect(await express.end()).toBe(0);
  const answered = express.output().match(/(?<=^answered )\d+/gm);
  expect(answered?.map(Number)).toEqual(Object.values(statusOf));
  for (const code of Object.keys(statusOf)) {
    expect(express.output()).toContain(`what to do about ${code}`);
  }
});

describe('the example for Next.js', () => {
  const next = 'node_modules/next/dist/bin/next';

  /** A login that a developer may write by mistake: with the session of whoever asks. */
  const CARELESS = `import axios from 'axios';
import { getApi } from '../../lib/api';

export async function POST(request) {
  const url = process.env.API_URL + '/auth/login';
  await (await getApi()).auth.signIn((await axios.post(url, await request.json())).data);
  return Response.json({});
}
`;

  test('G27: server components and route handlers in two processes renew once an expiry', async () => {
    const server = await startApi();
    const redis = await startRedis();
    const folder = examples.folderOf('next');
    mkdirSync(join(folder, 'app/careless'));
    writeFileSync(join(folder, 'app/careless/route.js'), CARELESS);
    await run(folder, process.execPath, next, 'build');
    const env = { API_URL: server.url, REDIS_URL: `redis://127.0.0.1:${redis.port}` };
    const startNext = (): Running => start(folder, [next, 'start', '-p', '0'], env);
    const processes = [startNext(), startNext()];
    const ports = await Promise.all(processes.map(portOf));
    const browsers = await signInAll(() => ports[0]!);
    const others = browsers.map((browser) => browser.at(ports[1]!));
    for (const _ of EXPIRIES) {
      const requests = browsers.flatMap((browser, user) => [
        ...fiveFor(browser, (index) => (index % 2 ? '/profile' : '/api/profile')).slice(0, 3),
        ...fiveFor(others[user]!, (index) => (index % 2 ? '/profile' : '/api/profile')).slice(3),
      ]);
      expect(await meetExpiry(server, requests)).toEqual(EXPECTED);
    }
    expect(server.stats).toMatchObject(HEALTHY);
    expect((await browsers[0]!.signOut()).status).toBe(204);
    expect((await new Browser(ports[0]!).get('/profile')).status).toBe(307);
    expect((await others[1]!.get('/api/profile')).status).toBe(200);

    // Without a cookie everybody is nobody, whoever has signed in, and however.
    const isNobody = async (visitor: Browser): Promise<void> => {
      const { status, data } = await visitor.get('/api/profile');
      expect([status, data]).toEqual([401, { code: 'ERR_AUTH_SIGNED_OUT' }]);
    };
    const visitor = new Browser(ports[0]!);
    await isNobody(visitor);
    const body = { username: 'alice', password: 'wonderland' };
    const careless = `http://127.0.0.1:${ports[0]}/careless`;
    expect((await axios.post(careless, body)).status).toBe(200);
    await isNobody(visitor);
    await isNobody(visitor.at(ports[1]!));
    expect(server.stats.seen.at(-1)?.path).toBe('/auth/login');

    // Nor is a credential printed where the login is refused, or the API is down.
    const login = `http://127.0.0.1:${ports[0]}/login`;
    const wrong = { username: 'alice', password: 'looking-glass' };
    const validateStatus = (): boolean => true;
    expect((await axios.post(login, wrong, { validateStatus })).status).toBe(401);
    await server.close();
    expect((await axios.post(login, wrong, { validateStatus })).status).toBe(502);
    expect((await browsers[1]!.get('/api/profile')).status).toBe(502);
    expect((await browsers[1]!.get('/profile')).status).toBe(500);
    await until(() => processes[0]!.output().includes('The API answered'));
    expect(processes[0]!.output()).not.toMatch(/looking-glass|Bearer/);
  });
});

describe('the example for NestJS', () => {
  test('G5: parallel requests get one token an expiry, and it is given back at the end', async () => {
    const world = await createWorld('oidc-provider', SERVICE);
    const folder = examples.folderOf('nestjs');
    await run(folder, process.execPath, 'node_modules/typescript/bin/tsc');
    const env = {
      PORT: '0',
      ISSUER: world.server.url,
      API_URL: world.resource.url,
      CLIENT_ID: SERVICE.id,
      CLIENT_SECRET: SERVICE.secret ?? '',
    };
    const nest = start(folder, ['dist/main.js'], env);
    const url = `http://127.0.0.1:${await portOf(nest)}/reports`;
    for (const count of [1, ...EXPIRIES.map((expiry) => expiry + 1)]) {
      const answers = await Promise.all(Array.from({ length: 5 }, () => axios.get(url)));
      expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(200));
      const { granted } = await world.server.counts();
      expect(granted).toEqual({ client_credentials: count });
      if (count <= EXPIRIES.length) await expire(world);
    }
    const last = world.resource.tokens.at(-1) ?? '';
    expect(await world.server.introspect(last)).toMatchObject({ active: true });
    await nest.end('SIGTERM');
    expect(await world.server.introspect(last)).toEqual({ active: false });

    // An error of axios, with the token in its config, is answered and not printed.
    const file = join(folder, 'dist/reports.service.js');
    const code = readFileSync(file, 'utf8');
    writeFileSync(file, code.replace("'/reports'", "'/reports', { validateStatus: () => false }"));
    const broken = start(folder, ['dist/main.js'], env);
    const failing = axios.get(`http://127.0.0.1:${await portOf(broken)}/reports`);
    await expect(failing).rejects.toMatchObject({ response: { status: 502 } });
    await broken.end('SIGTERM');
    expect(world.resource.tokens.at(-1)).not.toBe(last);
    expect(broken.output()).not.toContain('Bearer');
  });
});

describe('the example of a worker', () => {
  interface Workers {
    file: string;
    all: Running[];
  }

  const lines = ({ all }: Workers): Record<string, string>[] =>
    all.flatMap(({ output }) =>
      output()
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, string>),
    );

  async function startWorkers(server: AuthServer, username: string): Promise<Workers> {
    const folder = examples.folderOf('worker');
    const file = join(folder, `${username}.json`);
    const env = { API_URL: server.url, TOKENS_FILE: file };
    const credentials = { LOGIN: username, PASSWORD: PASSWORDS[username] ?? '' };
    expect(await start(folder, ['sign-in.js'], { ...env, ...credentials }).end()).toBe(0);
    return { file, all: [1, 2].map(() => start(folder, ['worker.js'], env)) };
  }

  test('G27: workers that share a file renew once an expiry', async () => {
    const server = await startApi();
    const users = await Promise.all(USERS.map((username) => startWorkers(server, username)));
    for (const round of EXPIRIES) {
      server.controls.expireAllAccessTokens();
      for (const { all } of users) {
        for (let job = 0; job < 5; job++) all[job % 2]!.write('/profile');
      }
      await until(() => users.every((workers) => lines(workers).length === 5 * round));
    }
    expect(users.map((workers) => new Set(lines(workers).map(({ username }) => username)))).toEqual(
      USERS.map((username) => new Set([username])),
    );
    expect(server.stats).toMatchObject(HEALTHY);
    for (const { all } of users) {
      expect(await Promise.all(all.map((worker) => worker.end()))).toEqual([0, 0]);
    }
  });

  test('G38: with an emptied store no job is sent without its token', async () => {
    const server = await startApi();
    const workers = await startWorkers(server, 'alice');
    await fileStore(workers.file).clear();
    for (const worker of workers.all) worker.write('/profile');
    await until(() => lines(workers).length === 2);
    const message = expect.stringContaining('Nobody is signed in') as string;
    const job = { path: '/profile', retryBecause: 'ERR_AUTH_SIGNED_OUT', message };
    expect(lines(workers)).toEqual([job, job]);
    expect(server.stats.seen.filter(({ path }) => path === '/profile')).toEqual([]);
  });

  test('G33: a login that is refused is printed without its password', async () => {
    const server = await startApi();
    const folder = examples.folderOf('worker');
    const TOKENS_FILE = join(folder, 'refused.json');
    const env = { API_URL: server.url, TOKENS_FILE, LOGIN: 'alice', PASSWORD: 'looking-glass' };
    const signIn = start(folder, ['sign-in.js'], env);
    expect(await signIn.end()).toBe(1);
    expect(signIn.output()).toBe('Not signed in: 401\n');
  });

  test('G33: a mistake of the program ends it with what to do, and without the token', async () => {
    const folder = examples.folderOf('worker');
    const TOKENS_FILE = join(folder, 'insecure.json');
    await fileStore(TOKENS_FILE).set({ accessToken: 'the-access-token', refreshToken: 'r-e-f' });
    const env = { API_URL: 'http://api.example.com', TOKENS_FILE };
    const worker = start(folder, ['worker.js'], env);
    worker.write('/profile');
    expect(await worker.end()).toBe(1);
    expect(worker.output()).toMatch(/ERR_AUTH_INSECURE_URL/);
    expect(worker.output()).toMatch(/allowInsecureHttp/);
    expect(worker.output()).not.toMatch(/retryBecause|the-access-token|r-e-f/);
  });
});
