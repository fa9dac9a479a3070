import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

const { scripts, homepage, repository, bugs } = JSON.parse(read('package.json')) as {
  scripts: Record<string, string>;
  homepage: string;
  repository: { url: string };
  bugs: { url: string };
};
const REPOSITORY = homepage.replace(/#.*/, '');

const PAGES = ['SECURITY.md', 'CONTRIBUTING.md'];
const namesIn = (folder: string, ending: RegExp): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => ending.test(name))
    .map((name) => name.replaceAll('\\', '/'))
    .sort();
const docs = namesIn('docs', /\.md$/).map((name) => `docs/${name}`);

const matches = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, first = '']) => first);
const missing = (paths: string[]): string[] =>
  paths.filter((path) => !existsSync(join(root, path)));

/** As GitHub makes them of headings. */
const anchorsOf = (text: string): string[] =>
  matches(text, /^#+ (.*)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );

describe.each(PAGES)('%s', (page) => {
  const text = read(page);

  test('every link leads to a file, and to a heading of it', () => {
    const links = matches(text, /\]\((?!https?:)([^)\s]+)\)/g);
    expect(links.length).toBeGreaterThan(10);
    const broken = links.filter((link) => {
      const [path = '', anchor] = link.split('#');
      const file = path || page;
      return missing([file]).length > 0 || (anchor && !anchorsOf(read(file)).includes(anchor));
    });
    expect(broken).toEqual([]);
  });

  test('every path in its code exists', () => {
    const paths = matches(
      text,
      /`((?:src|test|docs|examples|bench|api|\.ci|\.github)\/[\w./-]*)`/g,
    ).filter((path) => !path.includes('g41'));
    expect(missing(paths)).toEqual([]);
  });

  test('every npm script exists', () => {
    const named = matches(text, /`npm (?:run )?((?:test|types|lint|size|api|bench)[\w:]*)/g);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

/** The paragraph of a guarantee, its white space and its case as if they were none. */
const plain = (text: string): string => text.replace(/\s+/g, ' ').toLowerCase();
const guarantees = new Map(
  [...read('docs/guarantees.md').matchAll(/^\*\*G(\d+)\*\* (.*(?:\n.+)*)/gm)].map(
    ([, number = '', paragraph = '']) => [number, plain(paragraph)] as const,
  ),
);

test('each number of a guarantee in SECURITY.md comes with words of that guarantee', () => {
  // The first mention of each in a section, a line in a table among them, has them in brackets.
  const sections = read('SECURITY.md').split(/^#+ /m);
  const mentions = sections.flatMap((section) => {
    const seen = new Set<string>();
    return [...section.matchAll(/\bG(\d+)\b(?: \(([^)]*)\))?/g)].flatMap(
      ([, number = '', words]) => {
        if (words === undefined && seen.has(number)) return [];
        seen.add(number);
        return (words ?? '').split(';').map((part) => ({ number, words: plain(part.trim()) }));
      },
    );
  });
  expect(mentions.length).toBeGreaterThan(20);
  const wrong = mentions.filter(
    ({ number, words }) => !words || guarantees.get(number)?.includes(words) !== true,
  );
  expect(wrong).toEqual([]);
});

test('each guarantee in a table of SECURITY.md comes with a test that names it by its number', () => {
  const rows = [...read('SECURITY.md').matchAll(/^\| G(\d+).*$/gm)];
  expect(rows.length).toBeGreaterThan(15);
  const untested = rows.filter(
    ([row, number = '']) =>
      !matches(row, /\]\((test\/[^)]+)\)/g).some((file) => read(file).includes(`G${number}:`)),
  );
  expect(untested.map(([row]) => row)).toEqual([]);
});

describe('the map of src in CONTRIBUTING.md', () => {
  const [, map = ''] = read('CONTRIBUTING.md').split('\n## The map of the house\n');
  const [rooms = '', story = ''] = map.split('\n### One 401');
  const [steps = ''] = story.split('\n### ');

  test('has every file of src, and none that is gone', () => {
    const listed = rooms.split('\n### ').flatMap((section) => {
      const [heading = ''] = section.split('\n');
      const folder = /^`src(?:\/([\w-]+))?`/.exec(heading)?.[1];
      const files = matches(section, /^\| `([\w/.-]+\.tsx?)`/gm);
      return files.map((file) => (folder ? `${folder}/${file}` : file));
    });
    expect(listed.sort()).toEqual(namesIn('src', /\.tsx?$/));
  });

  test('tells of one 401 in five files, and each has what is named of it', () => {
    const files = matches(steps, /^\d\. \[[^\]]*\]\((src\/[^)]+)\)/gm);
    expect(files).toHaveLength(5);
    const lacking = steps.split(/^\d\. /m).flatMap((step) => {
      const [file = ''] = matches(step, /\]\((src\/[^)]+)\)/g);
      const names = matches(step, /`([#\w]+)`/g);
      return file ? names.filter((name) => !read(file).includes(name)) : [];
    });
    expect(lacking).toEqual([]);
  });

  test('says where state lives, and each file has it', () => {
    const [, table = ''] = map.split('\n### Where state lives\n');
    const rows = [...table.matchAll(/^\|.*`(\w+)`.*\]\((src\/[^)]+)\) *\|$/gm)];
    expect(rows.length).toBeGreaterThan(8);
    expect(rows.filter(([, name = '', file = '']) => !read(file).includes(name))).toEqual([]);
  });
});

test('CONTRIBUTING.md names every suite', () => {
  const named = matches(read('CONTRIBUTING.md'), /^\| `npm run ([\w:]+)`/gm);
  const suites = Object.keys(scripts).filter((name) => name.startsWith('test:'));
  expect(suites.filter((name) => !named.includes(name))).toEqual([]);
});

/** What a reader of the package has: the pages that npm packs, and the documents beside them. */
const SHIPPED = ['README.md', 'CHANGELOG.md', ...docs];

test('every address in the repository is of the repository that package.json names, and exists', () => {
  expect(repository.url).toBe(`git+${REPOSITORY}.git`);
  expect(bugs.url).toBe(`${REPOSITORY}/issues`);
  const addresses = [...SHIPPED, ...PAGES].flatMap((page) =>
    matches(read(page), /(https:\/\/github\.com\/[\w.-]*axios-auth-interceptors[^)\s]*)/g),
  );
  expect(addresses.length).toBeGreaterThan(100);
  expect(addresses.filter((address) => !address.startsWith(REPOSITORY))).toEqual([]);
  const broken = addresses.filter((address) => {
    const [, kind, path = '', anchor] = /\/(blob|tree)\/main\/([^#]+)#?(.*)$/.exec(address) ?? [];
    if (!kind) return false;
    if (missing([path]).length > 0) return true;
    if (statSync(join(root, path)).isDirectory() !== (kind === 'tree')) return true;
    return anchor && !anchorsOf(read(path)).includes(anchor);
  });
  expect(broken).toEqual([]);
});

test('npm packs what the pages count on', () => {
  const { files } = JSON.parse(read('package.json')) as { files: string[] };
  expect(files).toEqual(expect.arrayContaining(['docs', 'CHANGELOG.md']));
});

test.each(SHIPPED)('the relative links of %s lead to files of the package', (page) => {
  const links = matches(read(page), /\]\((?!https?:|#)([^)\s]+)\)/g)
    .concat(matches(read(page), /^\[[^\]]+\]: (?!https?:)(\S+)$/gm))
    .map((link) => join(dirname(page), link.replace(/#.*/, '')));
  // README and LICENSE are in every package; elsewhere goes the address in the repository.
  const isShipped = /^(?:docs\/.*|README\.md|CHANGELOG\.md|LICENSE)$/;
  expect(links.filter((path) => !isShipped.test(path) || missing([path]).length > 0)).toEqual([]);
});

test('every action of the workflows is pinned by its commit, with the version beside it', () => {
  const uses = namesIn('.github/workflows', /\.yml$/).flatMap((name) =>
    matches(read(`.github/workflows/${name}`), /^\s*-? *uses: (.*)$/gm),
  );
  expect(uses.length).toBeGreaterThan(3);
  expect(uses.filter((use) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(use))).toEqual(
    [],
  );
});

test('the README says the limits of size that are checked', () => {
  const limits = JSON.parse(read('.size-limit.json')) as { limit: string }[];
  const [, section = ''] = read('README.md').split('\n## Entries\n');
  expect(matches(section, /\| (\d[\d.]* kB) *\|$/gm)).toEqual(limits.map(({ limit }) => limit));
});

describe('the tag of a release', () => {
  const check = (tag: string, heading: string): string => {
    const folder = mkdtempSync(join(tmpdir(), 'tag-'));
    writeFileSync(join(folder, 'package.json'), '{ "version": "2.1.0" }');
    writeFileSync(
      join(folder, 'CHANGELOG.md'),
      `# Changelog\n\n## ${heading}\n\n## 2.0.0 (2026-12-01)\n`,
    );
    const script = join(root, '.ci/check-tag.mjs');
    const { status, stderr } = spawnSync('node', [script, tag], { cwd: folder, encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect(status).toBe(stderr === '' ? 0 : 1);
    return stderr;
  };

  test('is that of package.json, and the changelog has its date', () => {
    expect(check('v2.1.0', '2.1.0 (2026-12-24)')).toBe('');
  });

  test.each([
    ['another version', 'v2.1.1', '2.1.0 (2026-12-24)', 'package.json has the version 2.1.0'],
    ['no tag', '', '2.1.0 (2026-12-24)', 'The tag is missing'],
    ['no date', 'v2.1.0', '2.1.0 (unpublished)', 'has no date'],
    ['no heading', 'v2.1.0', '2.0.1 (2026-12-24)', 'is not that of 2.1.0'],
  ])('is refused with %s', (_what, tag, heading, message) => {
    expect(check(tag, heading)).toContain(message);
  });
});
