// Fails unless a tag is that of the version in package.json, and CHANGELOG.md says when it was released:
//   node .ci/check-tag.mjs v2.0.0
import { readFileSync } from 'node:fs';

const [, , tag = ''] = process.argv;
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const headings = readFileSync('CHANGELOG.md', 'utf8').match(/^## .*$/gm) ?? [];
const [latest = ''] = headings;

const faults = [
  tag !== `v${version}` &&
    `The tag is ${tag || 'missing'}, and package.json has the version ${version}.`,
  !/^## \S+ \(\d{4}-\d\d-\d\d\)$/.test(latest) &&
    `The first heading of CHANGELOG.md has no date, such as "## ${version} (2026-12-01)".`,
  latest.split(' ')[1] !== version &&
    `The first heading of CHANGELOG.md is not that of ${version}.`,
].filter(Boolean);

for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
