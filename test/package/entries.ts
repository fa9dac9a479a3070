import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

export interface Files {
  types: string;
  default: string;
}

export interface Entry {
  /** As package.json has it in `exports`: `./oauth2`. */
  path: string;
  /** As a consumer writes it: `axios-auth-interceptors/oauth2`. */
  specifier: string;
  import: Files;
  require: Files;
}

interface Manifest {
  name: string;
  main: string;
  module: string;
  types: string;
  exports: Record<string, Pick<Entry, 'import' | 'require'>>;
}

const read = (): Manifest =>
  JSON.parse(readFileSync(resolve(__dirname, '../../package.json'), 'utf8')) as Manifest;

export const manifest = read();

/** Every entry of the package, in the order of `exports`. */
export const entries: Entry[] = Object.entries(manifest.exports)
  .filter(([path]) => path !== './package.json')
  .map(([path, files]) => ({ path, specifier: manifest.name + path.slice(1), ...files }));
