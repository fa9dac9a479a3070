import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import axios from 'axios';
import { attachAuthInterceptors } from '../../src/index';
import {
  OTHER_LIBRARIES,
  isOneModule,
  moduleOf,
  pages,
  root,
  snippetsOf,
  typeErrors,
} from './snippets';
import { oauth2Refresh } from '../../src/oauth2/index';

jest.setTimeout(120_000);

const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const readme = read('README.md');

/** The options that are known, as the error about an unknown one lists them. */
function knownOptions(): string[] {
  try {
    attachAuthInterceptors(axios.create(), { refresh: () => null, unknown: true } as never);
  } catch (error) {
    const [, list = ''] = /The options are: (.*)\.$/.exec((error as Error).message) ?? [];
    return list.split(', ').sort();
  }
  return [];
}

const errorCodes = (): string[] => [
  ...new Set(read('src/errors.ts').match(/(?<=^ {2}')ERR_AUTH_\w+/gm)),
];

/** The names in the first column of the tables below a heading. */
function rowsBelow(heading: string): string[] {
  const [, section = ''] = readme.split(`\n## ${heading}\n`);
  const [body = ''] = section.split('\n## ');
  return [...body.matchAll(/^\| `(\w+)/gm)].map(([, name = '']) => name);
}

/** The names in the headings of a page: `### \`name\``. */
const headingsOf = (page: string): string[] =>
  [...read(page).matchAll(/^#{2,3} `(\w+)/gm)].map(([, name = '']) => name);

test('every snippet in the README is valid TypeScript against the package', () => {
  const snippets = snippetsOf('README.md');
  expect(snippets.length).toBeGreaterThan(2);
  expect(typeErrors(snippets)).toEqual([]);
});

test('the code of a page that is an application is one valid TypeScript module', () => {
  const modules = pages()
    .filter((page) => isOneModule(page) && page !== OTHER_LIBRARIES)
    .map(moduleOf);
  expect(modules.length).toBeGreaterThan(4);
  expect(typeErrors(modules)).toEqual([]);
});

test('every snippet of the other pages is valid TypeScript', () => {
  const snippets = pages()
    // That about frameworks needs their types: test/frameworks has them.
    .filter((page) => !isOneModule(page) && page !== 'docs/frameworks.md')
    .flatMap(snippetsOf);
  expect(snippets.length).toBeGreaterThan(20);
  expect(typeErrors(snippets)).toEqual([]);
});

test('the README has at most 250 lines, none of them wider than 160 characters', () => {
  const lines = readme.trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(250);
  expect(lines.filter((line) => line.length > 160)).toEqual([]);
});

test.each(['README.md', ...pages()])('every link of %s leads somewhere', (page) => {
  const links = [...read(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(
    ([, link = '']) => link,
  );
  const broken = links.filter((link) => {
    const [path = '', anchor] = link.split('#');
    const file = path ? join(dirname(page), path) : page;
    if (!existsSync(join(root, file))) return true;
    return anchor !== undefined && !anchorsOf(read(file)).includes(anchor);
  });
  expect(broken).toEqual([]);
});

/** As GitHub makes them of headings. */
const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );

test('the README and the page about options know the same options as the package', () => {
  const known = knownOptions();
  expect(known).toContain('refresh');
  expect(rowsBelow('Options').sort()).toEqual(known);
  expect(headingsOf('docs/options.md').sort()).toEqual(known);
});

test('a page has a table of all options of oauth2Refresh', () => {
  const wrong = { clientId: 'web', unknown: true } as never;
  const { message = '' } = (() => {
    try {
      return oauth2Refresh(wrong);
    } catch (error) {
      return error as Error;
    }
  })() as Partial<Error>;
  const [, known = ''] = /The options are: (.*)\.$/.exec(message) ?? [];
  const [, section = ''] = read('docs/sign-in/client-credentials.md').split('\n## Options of ');
  const [table = ''] = section.split('\n## ');
  const rows = [...table.matchAll(/^\| `(\w+)/gm)].map(([, name = '']) => name);
  expect(rows).toContain('clientId');
  expect(rows.sort()).toEqual(known.split(', ').sort());
});

test('the README and the page about errors know the same codes as the package', () => {
  const known = errorCodes();
  expect(known.length).toBeGreaterThan(9);
  expect(rowsBelow('Errors')).toEqual(known);
  expect(headingsOf('docs/errors.md')).toEqual(known);
});

test('the page about guarantees links each to files that test it by its number', () => {
  const rows = [...read('docs/guarantees.md').matchAll(/^\*\*G(\d+)\*\* .*(?:\n.+)*/gm)];
  expect(rows.map(([, number]) => Number(number))).toEqual(
    Array.from({ length: 40 }, (_, index) => index + 1),
  );
  for (const [row, number = ''] of rows) {
    const files = [...row.matchAll(/\]\(https:[^)]+\/blob\/main\/(test\/[^)]+)\)/g)].map(
      ([, file = '']) => file,
    );
    expect({ number, linked: files.length > 0 }).toEqual({ number, linked: true });
    for (const file of files) {
      const isNamed = read(file).includes(`G${number}:`);
      expect({ number, file, isNamed }).toEqual({ number, file, isNamed: true });
    }
  }
});
