import { installRuntimes } from './install';
import { buildPackageFolder, type PackageFolder } from './package-folder';
import { REACT_NATIVES, type ReactNative } from './react-native';
import { RUNTIMES, type Run, type Runtime } from './runtimes';
import { makeReasons, makeTable, part, withoutVersions } from './table';

jest.setTimeout(600_000);

/** So many at once: most of the time a runtime waits for the server or for a timer. */
const AT_ONCE = 4;

const runs = new Map<Runtime, Promise<Run>>();
let folder: PackageFolder;

// All of them run from the start; each test waits for its own.
beforeAll(async () => {
  const install = installRuntimes();
  folder = await buildPackageFolder();
  // The run that waits for it reports its failure.
  for (const version of REACT_NATIVES) version.bundle(folder).catch(() => undefined);
  const free = Array.from({ length: AT_ONCE }, () => Promise.resolve());
  const begin = (runtime: Runtime, before: Promise<unknown>): Promise<Run> => {
    const run = before.then(() => runtime.run(folder));
    // The test that waits for it reports it.
    run.catch(() => undefined);
    runs.set(runtime, run);
    return run;
  };
  RUNTIMES.forEach((runtime, index) => {
    const place = index % AT_ONCE;
    const before = runtime.isInstalled ? free[place]!.then(() => install) : free[place]!;
    free[place] = begin(runtime, before).then(
      () => undefined,
      () => undefined,
    );
  });
});

afterAll(async () => {
  await Promise.allSettled(runs.values());
  folder.remove();
});

test.each(RUNTIMES.map((runtime) => [`${runtime.name}, ${runtime.adapter}`, runtime] as const))(
  'G39: %s',
  async (_, runtime) => {
    const { report, printed } = await runs.get(runtime)!;
    expect(report.checks.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    expect(report.checks.length).toBeGreaterThan(20);
    expect(printed).toBe('');
  },
);

const ENTRIES = ['index', 'fetch', 'oauth2', 'step-up', 'react'];

// Babel takes out what the Hermes of 0.76 does not know; for that of 0.88 it has little left to do.
test('G39: the Hermes of each version of React Native takes the code', async () => {
  const [old, latest] = REACT_NATIVES as [ReactNative, ReactNative];
  const output = folder.file('bytecode.hbc');
  await old.compile(await old.bundle(folder), output);
  await latest.bundle(folder);
  for (const entry of ENTRIES) {
    const script = folder.file(`node_modules/axios-auth-interceptors/dist/${entry}.cjs`);
    await latest.compile(script, output);
  }
});

test('docs/platforms.md shows what was run; UPDATE_PLATFORMS=1 writes it', async () => {
  const all = await Promise.all(
    RUNTIMES.map(async (runtime) => ({ runtime, run: await runs.get(runtime)! })),
  );
  const text = `${makeTable(all)}\n\n${makeReasons(all)}`;
  if (process.env.UPDATE_PLATFORMS) part.write(text);
  expect(withoutVersions(part.text)).toBe(withoutVersions(text));
});
