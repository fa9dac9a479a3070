import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../docs/snippets';
import { libraries } from './install';

const PAGE = 'docs/frameworks.md';

/** The first line of a snippet is the name of its file. */
const FILES = /^```\w+\n(?:\/\/|<!--) (\S+\.\w+)(?: -->)?\n(.*?)^```$/gms;

/** The files of the page as they would be in an application, beside the libraries. */
export interface Recipes {
  folder: string;
  names: string[];
  remove(): void;
}

export function writeRecipes(): Recipes {
  const text = readFileSync(join(root, PAGE), 'utf8');
  const folder = mkdtempSync(join(tmpdir(), 'frameworks-'));
  symlinkSync(libraries, join(folder, 'node_modules'));
  const names = [...text.matchAll(FILES)].map(([, name = '', code = '']) => {
    writeFileSync(join(folder, name), code);
    return name;
  });
  return { folder, names, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
