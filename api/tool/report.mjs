// Compares what each entry exports with its report in api/:   npm run api
// Writes the reports anew:                                    npm run api -- --update
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const tool = dirname(fileURLToPath(import.meta.url));
const root = resolve(tool, '../..');
const reports = join(root, 'api');
const UPDATE = 'npm run api -- --update';

/**
 * The session as a step-up sees it. The types name it, as `stepUp()` gives it on; applications have no use
 * for it, and what stands behind it may change with any version.
 */
const INTERNAL = ['StepUpSession', 'StepUpRunner'];

/** The entries are those of `exports`; each has its types in dist. */
function readEntries() {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return Object.entries(exports)
    .filter(([path]) => path !== './package.json')
    .map(([path, conditions]) => ({
      name: path === '.' ? 'index' : path.slice('./'.length),
      types: join(root, conditions.import.types),
    }));
}

/** Types of an earlier build would pass for those of the source. */
function checkBuild(entries) {
  const source = readdirSync(join(root, 'src'), { recursive: true }).map((name) =>
    join(root, 'src', name),
  );
  const newest = Math.max(...source.map((path) => statSync(path).mtimeMs));
  const isOld = entries.some(({ types }) => !existsSync(types) || statSync(types).mtimeMs < newest);
  if (isOld) throw new Error('dist is missing, or older than src. Run: npm run build');
}

/** Installs what package-lock.json names, unless it is there. */
function loadExtractor() {
  const lock = readFileSync(join(tool, 'package-lock.json'), 'utf8');
  const installed = join(tool, 'node_modules/.installed');
  if (!existsSync(installed) || readFileSync(installed, 'utf8') !== lock) {
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--silent'];
    execFileSync('npm', ['ci', ...flags], { cwd: tool, stdio: 'inherit' });
    writeFileSync(installed, lock);
  }
  return createRequire(import.meta.url)('@microsoft/api-extractor');
}

function makeReport({ Extractor, ExtractorConfig }, { name, types }, folder) {
  const compilerOptions = {
    ...{ target: 'es2022', lib: ['es2022', 'dom'], types: [], strict: true, skipLibCheck: true },
    ...{ module: 'nodenext', moduleResolution: 'nodenext' },
  };
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: types,
      compiler: { overrideTsconfig: { compilerOptions, files: [types] } },
      apiReport: {
        enabled: true,
        // The options extend an interface that has no name outside.
        includeForgottenExports: true,
        reportFileName: `${name}.api.md`,
        reportFolder: folder,
        reportTempFolder: join(folder, 'temp'),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, 'package.json'),
  });
  const faults = [];
  Extractor.invoke(config, {
    localBuild: true,
    messageCallback(message) {
      message.handled = true;
      if (message.logLevel === 'error') faults.push(message.text);
    },
  });
  if (faults.length > 0) throw new Error(`${name}: ${faults.join('\n')}`);
  const report = withoutInternals(readFileSync(join(folder, `${name}.api.md`), 'utf8'));
  const [declarations, end] = report.split(/(?=^\/\/ \(No @packageDocumentation)/m);
  return [declarations, ...augmentationsIn(types).map((text) => `${text}\n\n`), end].join('');
}

/** What the types add to those of other packages; the extractor leaves it out. */
function augmentationsIn(types) {
  const found = readFileSync(types, 'utf8').matchAll(/^declare module [^]*?^\}/gm);
  return [...found].map(([text]) => text.replace(/^ *\/\*\*.*\*\/\n/gm, ''));
}

/** The report without declarations that are reached through nothing but what is internal. */
function withoutInternals(report) {
  const parts = report.split('\n\n').map((text) => {
    const [, exported, name] =
      /^(export )?(?:declare |abstract )*(?:const|class|enum|function|interface|let|namespace|type|var) (\w+)/m.exec(
        text.replace(/^\/\/.*\n/gm, ''),
      ) ?? [];
    return { text, exported, name };
  });
  const wanted = new Set();
  const want = ({ text, name }) => {
    if (wanted.has(name)) return;
    wanted.add(name);
    if (INTERNAL.includes(name)) return;
    const words = new Set(text.match(/\w+/g));
    parts.filter((part) => part.name && words.has(part.name)).forEach(want);
  };
  // What is exported by a list has no word before it.
  const listed = new Set(
    parts.flatMap(({ text }) => [...text.matchAll(/^export \{ (\w+)/gm)].map(([, name]) => name)),
  );
  parts.filter(({ exported, name }) => exported || listed.has(name)).forEach(want);
  return parts
    .filter(({ name }) => !name || (wanted.has(name) && !INTERNAL.includes(name)))
    .map(({ text }) => text)
    .join('\n\n');
}

function main() {
  const isUpdate = process.argv.includes('--update');
  const entries = readEntries();
  checkBuild(entries);
  const extractor = loadExtractor();
  const scratch = mkdtempSync(join(tmpdir(), 'api-'));
  try {
    const made = join(scratch, 'built');
    mkdirSync(made);
    for (const entry of entries) {
      const report = makeReport(extractor, entry, scratch);
      writeFileSync(join(made, `${entry.name}.api.md`), report);
    }
    const isReport = (name) => name.endsWith('.api.md');
    const names = new Set([...readdirSync(reports), ...readdirSync(made)].filter(isReport));
    const differs = [...names].filter((name) =>
      compare(join(reports, name), join(made, name), isUpdate),
    );
    if (differs.length > 0 && !isUpdate) {
      console.error(`\nThe public API differs from api/: ${differs.join(', ')}.`);
      console.error(`If that is meant, write the reports anew and commit them: ${UPDATE}`);
      process.exitCode = 1;
    } else console.log(`${names.size} reports, ${differs.length} written.`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** True where the two differ: shows how, or makes the first like the second. */
function compare(kept, built, isUpdate) {
  const [before, now] = [kept, built].map((path) =>
    existsSync(path) ? readFileSync(path, 'utf8') : null,
  );
  if (before === now) return false;
  if (!isUpdate) {
    const sides = [kept, built].map((path) => (existsSync(path) ? path : '/dev/null'));
    spawnSync('diff', ['-u', ...sides], { stdio: 'inherit' });
  } else if (now === null) rmSync(kept);
  else writeFileSync(kept, now);
  return true;
}

main();
