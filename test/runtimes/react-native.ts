import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installedFile, installIn } from './install';
import type { PackageFolder } from './package-folder';
import type { Assignment } from './report';

const run = promisify(execFile);
const folder = join(__dirname, 'react-native');

/** What device.mjs is told; it travels as JSON. */
export interface Device {
  /** The program `hermes`. */
  hermes: string;
  bundle: string;
  assignment: Assignment;
  hasTextDecoder: boolean;
  /** Names that the device knows, each with the origin that it stands for. */
  hosts: Record<string, string>;
}

/**
 * One version of React Native: its own JavaScript in the engine Hermes, on a device that is made of Node.
 * npm has no program of the Hermes that a version ships, but an older one, which understands what Babel
 * makes of the code; the compiler of each version is there, and tells what its own Hermes understands.
 */
export class ReactNative {
  readonly version: string;
  readonly #profile: string;
  readonly #hasTextDecoder: boolean;
  readonly #compilerPath: string;
  /** The URL of that version has getters that throw. */
  readonly #hasGetters: boolean;
  #bundle: Promise<string> | undefined;

  constructor(
    version: string,
    facts: { profile: string; compiler: string; hasTextDecoder: boolean; hasGetters: boolean },
  ) {
    this.version = version;
    this.#profile = facts.profile;
    this.#hasTextDecoder = facts.hasTextDecoder;
    this.#hasGetters = facts.hasGetters;
    this.#compilerPath = this.#file(`node_modules/${facts.compiler}/linux64-bin/hermesc`);
  }

  #file(path: string): string {
    return join(folder, this.version, path);
  }

  /** Installs and bundles when it is called for the first time. */
  bundle(packages: PackageFolder): Promise<string> {
    this.#bundle ??= this.#makeBundle(packages);
    return this.#bundle;
  }

  async #makeBundle(packages: PackageFolder): Promise<string> {
    const app = join(folder, this.version);
    await installIn(app);
    const bundle = packages.file(`react-native-${this.version}.js`);
    const parameters = [app, packages.path, this.#profile, bundle];
    await run(process.execPath, [join(folder, 'bundle.cjs'), ...parameters]);
    return bundle;
  }

  /** Compiles a script to the bytecode of the Hermes that this version ships. */
  async compile(script: string, output: string): Promise<void> {
    await run(this.#compilerPath, ['-emit-binary', '-O', '-w', '-out', output, script]);
  }

  /** The parameters for Node. */
  async start(packages: PackageFolder, assignment: Assignment): Promise<string[]> {
    const hosts = this.#hostsFor(assignment);
    const [api = assignment.api, control = assignment.control] = Object.keys(hosts);
    const device: Device = {
      hermes: installedFile('hermes-engine-cli/linux64-bin/hermes'),
      bundle: await this.bundle(packages),
      assignment: { ...assignment, api, control },
      hasTextDecoder: this.#hasTextDecoder,
      hosts,
    };
    return [join(folder, 'device.mjs'), JSON.stringify(device)];
  }

  /** The adapter `fetch` of axios asks for `URL.username` where a URL has a port; without getters it fails. */
  #hostsFor({ adapter, api, control }: Assignment): Record<string, string> {
    if (adapter !== 'fetch' || this.#hasGetters) return {};
    return { 'http://api.localhost': api, 'http://control.localhost': control };
  }

  get installedVersions(): string {
    const versionOf = (manifest: string): string =>
      (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
    const own = versionOf(this.#file('node_modules/react-native/package.json'));
    return `${own}, Hermes ${versionOf(installedFile('hermes-engine-cli/package.json'))}`;
  }
}

export const REACT_NATIVES = [
  new ReactNative('0.76', {
    profile: 'hermes-stable',
    compiler: 'react-native/sdks/hermesc',
    hasTextDecoder: false,
    hasGetters: false,
  }),
  new ReactNative('0.88', {
    // A release build leaves classes to its own Hermes; the older one that runs the bundle has none.
    profile: 'default',
    compiler: 'hermes-compiler/hermesc',
    hasTextDecoder: true,
    hasGetters: true,
  }),
];
