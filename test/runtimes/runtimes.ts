import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installedFile } from './install';
import type { PackageFolder } from './package-folder';
import { REACT_NATIVES, type ReactNative } from './react-native';
import type { Assignment, Report } from './report';
import { openStage, type Stage } from './stage';

/** What a run brought: the report of the scenario, and what the process has printed. */
export interface Run {
  report: Report;
  version: string;
  /** Empty where the runtime prints lines of its own. */
  printed: string;
}

/** One runtime, with the adapter of axios that is used there. */
export interface Runtime {
  name: string;
  adapter: Assignment['adapter'];
  /** Comes with `npm ci`; the others are there. */
  isInstalled: boolean;
  run(folder: PackageFolder): Promise<Run>;
}

/** A program that does not report within this time has failed. */
const PATIENCE = 240_000;

const NODE_VERSIONS = ['20.0', '20', '22', '24', 'newest'] as const;

export const RUNTIMES: Runtime[] = [
  browser('Chromium, a page', chromium, 'page', 'xhr'),
  browser('Chromium, a worker', chromium, 'in-worker', 'fetch'),
  browser('Firefox, a page', firefox, 'page', 'xhr'),
  browser('Firefox, a worker', firefox, 'in-worker', 'fetch'),
  webKit('WebKitGTK, a page', 'page', 'xhr'),
  webKit('WebKitGTK, a worker', 'in-worker', 'fetch'),
  ...NODE_VERSIONS.map((version) => onNode(version, 'http')),
  onNode('newest', 'fetch'),
  program('Bun', 'http', installedFile('@oven/bun-linux-x64/bin/bun'), []),
  program('Deno', 'fetch', installedFile('@deno/linux-x64-glibc/deno'), [
    'run',
    '--allow-all',
    '--no-config',
    '--node-modules-dir=manual',
  ]),
  workerd('Cloudflare workerd', []),
  workerd('Cloudflare workerd, `nodejs_compat`', ['nodejs_compat']),
  edge(),
  ...REACT_NATIVES.flatMap((version) => [
    onReactNative(version, 'xhr'),
    onReactNative(version, 'fetch'),
  ]),
];

function onNode(version: (typeof NODE_VERSIONS)[number], adapter: Assignment['adapter']): Runtime {
  const binary = installedFile(`node-${version}/bin/node`);
  return program(`Node, ${version}`, adapter, binary, []);
}

function program(
  name: string,
  adapter: Assignment['adapter'],
  binary: string,
  flags: string[],
): Runtime {
  return {
    name,
    adapter,
    isInstalled: true,
    run: (folder) =>
      onStage(adapter, {}, async ({ assignment, report }) => {
        const parameters = [...flags, folder.file('program.mjs'), JSON.stringify(assignment)];
        return follow(start(binary, parameters, folder.path), report, await versionOf(binary));
      }),
  };
}

function edge(): Runtime {
  return {
    name: '`@edge-runtime/vm`',
    adapter: 'fetch',
    isInstalled: true,
    run: (folder) =>
      onStage('fetch', {}, async ({ assignment, report }) => {
        const manifest = readFileSync(installedFile('@edge-runtime/vm/package.json'), 'utf8');
        const { version } = JSON.parse(manifest) as { version: string };
        const parameters = [JSON.stringify(assignment), __dirname, folder.file('edge.js')];
        const child = start(process.execPath, [folder.file('edge.mjs'), ...parameters]);
        return follow(child, report, version);
      }),
  };
}

function onReactNative(reactNative: ReactNative, adapter: Assignment['adapter']): Runtime {
  return {
    name: `React Native, ${reactNative.version}`,
    adapter,
    isInstalled: true,
    async run(folder) {
      // Before the clock of the run starts.
      await reactNative.bundle(folder);
      return onStage(adapter, {}, async ({ assignment, report }) => {
        const parameters = await reactNative.start(folder, assignment);
        return follow(start(process.execPath, parameters), report, reactNative.installedVersions);
      });
    },
  };
}

function workerd(name: string, compatibilityFlags: string[]): Runtime {
  const binary = installedFile('@cloudflare/workerd-linux-64/bin/workerd');
  return {
    name,
    adapter: 'fetch',
    isInstalled: true,
    run: (folder) =>
      onStage('fetch', {}, async ({ assignment }) => {
        const config = folder.file(`workerd-${compatibilityFlags.join('-')}.capnp`);
        writeFileSync(config, workerdConfig(compatibilityFlags));
        const child = spawn(binary, ['serve', config, '--control-fd=3'], {
          stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
        });
        const port = portOf(child);
        const report = port.then((at) => post(`http://127.0.0.1:${at}`, assignment));
        const run = await follow(child, report, await versionOf(binary));
        return { ...run, printed: withoutWarningOfForms(run.printed) };
      }),
  };
}

/** workerd prints it when axios, without the package, sends a FormData with a Content-Type of its own. */
const withoutWarningOfForms = (printed: string): string =>
  printed.replace(/^A FormData body was provided with a custom Content-Type.*\n/gm, '');

/** From August 4, 2026, on `nodejs_compat` is the default. */
const workerdConfig = (flags: string[]): string => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "internet", network = (allow = ["local", "private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "workerd.js")],
  compatibilityDate = "2026-08-01",
  compatibilityFlags = [${flags.map((flag) => `"${flag}"`).join(', ')}],
);
`;

/** workerd tells the port that it has got over its control channel. */
function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    let told = '';
    child.stdio[3]!.on('data', (chunk: Buffer) => {
      told += chunk.toString();
      const port = /"port":\s*(\d+)/.exec(told)?.[1];
      if (port) resolve(Number(port));
    });
  });
}

async function post(url: string, assignment: Assignment): Promise<Report> {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(assignment) });
  if (!answer.ok) throw new Error(`the worker answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Report;
}

interface Browser {
  binary: string;
  flags(profile: string): string[];
}

function chromium(): Browser {
  return {
    binary: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    flags: (profile) => [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--disable-background-networking',
      `--user-data-dir=${profile}`,
    ],
  };
}

function firefox(): Browser {
  return {
    binary: process.env.FIREFOX_PATH ?? '/usr/bin/firefox-esr',
    flags: (profile) => ['--headless', '--no-remote', '--profile', profile],
  };
}

/** Opens a page that runs the scenario and sends the report: it needs no driver. */
function browser(
  name: string,
  which: () => Browser,
  page: Page,
  adapter: Assignment['adapter'],
): Runtime {
  return {
    name,
    adapter,
    isInstalled: false,
    run: (folder) => {
      const { binary, flags } = which();
      return openPage(folder, page, adapter, async (url, report, profile) => {
        const child = start(binary, [...flags(profile), url]);
        return follow(child, report, await versionOf(binary));
      });
    },
  };
}

/** The small browser that comes with WebKitGTK. It has no headless mode, so it gets a screen that nobody sees. */
function webKit(name: string, page: Page, adapter: Assignment['adapter']): Runtime {
  return {
    name,
    adapter,
    isInstalled: false,
    run: (folder) =>
      openPage(folder, page, adapter, (url, report, profile) =>
        onScreen(async (display) => {
          const env = {
            ...process.env,
            DISPLAY: display,
            HOME: profile,
            XDG_RUNTIME_DIR: profile,
            // Without them it looks for a graphics card.
            WEBKIT_DISABLE_COMPOSITING_MODE: '1',
            WEBKIT_DISABLE_DMABUF_RENDERER: '1',
          };
          const child = spawn(MINI_BROWSER, [url], { env, stdio: ['ignore', 'pipe', 'pipe'] });
          return follow(child, report, await versionOf(MINI_BROWSER, env));
        }),
      ),
  };
}

const MINI_BROWSER =
  process.env.WEBKIT_PATH ?? '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser';

/** Runs something on a virtual screen; Xvfb chooses a number that is free, and tells it. */
async function onScreen<T>(run: (display: string) => Promise<T>): Promise<T> {
  const parameters = ['-displayfd', '3', '-nolisten', 'tcp', '-screen', '0', '800x600x24'];
  const screen = spawn('Xvfb', parameters, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  try {
    const number = await new Promise<string>((resolve, reject) => {
      let told = '';
      screen.stdio[3]!.on('data', (chunk: Buffer) => {
        told += chunk.toString();
        if (told.endsWith('\n')) resolve(told.trim());
      });
      screen.once('error', reject);
      screen.once('close', () => reject(new Error('Xvfb has ended')));
    });
    return await run(`:${number}`);
  } finally {
    screen.kill();
  }
}

type Page = 'page' | 'in-worker';

async function openPage(
  folder: PackageFolder,
  page: Page,
  adapter: Assignment['adapter'],
  run: (url: string, report: Promise<Report>, profile: string) => Promise<Run>,
): Promise<Run> {
  const files = {
    [`/${page}.html`]:
      '<!doctype html><link rel="icon" href="data:,"><script src="/page.js"></script>',
    '/page.js': readFileSync(folder.file('page.js'), 'utf8'),
  };
  const profile = mkdtempSync(join(tmpdir(), 'profile-'));
  try {
    return await onStage(adapter, files, async ({ assignment, report }) => {
      const got = await run(`${assignment.control}/${page}.html`, report, profile);
      return { ...got, printed: '' };
    });
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function onStage(
  adapter: Assignment['adapter'],
  files: Record<string, string>,
  run: (stage: Stage) => Promise<Run>,
): Promise<Run> {
  const stage = await openStage(adapter, files);
  try {
    return await run(stage);
  } finally {
    await stage.close();
  }
}

const start = (binary: string, parameters: string[], cwd?: string): ChildProcess =>
  spawn(binary, parameters, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });

/** Waits for the report, or for the process to end without one; leaves no process behind. */
async function follow(child: ChildProcess, report: Promise<Report>, version: string): Promise<Run> {
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  }
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', (error) => {
      printed += String(error);
      resolve();
    });
  });
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE)));
  try {
    const got = await Promise.race([report, ended, tooLate]);
    if (!got) throw new Error(`There was no report. The process printed:\n${printed}`);
    return { report: got, version, printed };
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
    await ended;
  }
}

async function versionOf(binary: string, env = process.env): Promise<string> {
  const { stdout } = await promisify(execFile)(binary, ['--version'], { env });
  return /\d+[.-]\d+[\d.-]*/.exec(stdout)?.[0] ?? stdout.trim();
}
