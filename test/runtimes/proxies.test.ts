import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { cleanUp, onCleanUp } from '../support/clean-up';
import { answering } from '../support/http-server';
import { installedFile, installRuntimes } from './install';
import { buildPackageFolder } from './package-folder';
import { PROXIED } from './proxied';

jest.setTimeout(600_000);

afterEach(cleanUp);

test('G3: Bun and Deno send no token to loopback through a proxy of their environment', async () => {
  const [folder] = await Promise.all([buildPackageFolder(), installRuntimes()]);
  onCleanUp(() => {
    folder.remove();
  });
  const proxy = await answering();
  const own = await answering();
  const file = folder.file('proxied.mjs');
  writeFileSync(file, PROXIED);
  const printedBy = async (command: string[], environment: Record<string, string>) => {
    const [binary = '', ...flags] = command;
    const { PATH, HOME, NODE_ENV } = process.env;
    const options = { cwd: folder.path, env: { PATH, HOME, NODE_ENV, ...environment } };
    const { stdout } = await promisify(execFile)(binary, [...flags, file, own.url], options);
    return stdout.trim().split('\n');
  };
  const bun = [installedFile('@oven/bun-linux-x64/bin/bun')];
  const flags = ['run', '--allow-all', '--no-config', '--node-modules-dir=manual'];
  const deno = [installedFile('@deno/linux-x64-glibc/deno'), ...flags];
  const refused = ['ERR_AUTH_INSECURE_URL', 'ERR_AUTH_INSECURE_URL'];
  for (const command of [bun, deno]) {
    expect(await printedBy(command, { HTTP_PROXY: proxy.url })).toEqual(refused);
    expect(await printedBy(command, { ALL_PROXY: proxy.url })).toEqual(refused);
    const excepted = { HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1' };
    expect(await printedBy(command, excepted)).toEqual(['200', '200']);
  }
  expect(proxy.requests).toEqual([]);
});
