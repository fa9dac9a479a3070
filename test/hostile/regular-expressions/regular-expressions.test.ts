import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const SRC = join(__dirname, '../../../src');

/** Made of what comes in at run time: an alternation of texts, and what the application has given. */
const MADE_AT_RUN_TIME = ["alternatives.join('|')", 'allowed.source'];

interface Found {
  where: string;
  source: string;
  flags: string;
}

/** recheck, and not what it brings for Java and native code. */
function installRecheck(): void {
  const installed = join(__dirname, 'node_modules/.package-lock.json');
  const wanted = join(__dirname, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return;
  const flags = [
    '--omit=optional',
    '--ignore-scripts',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
  ];
  execFileSync('npm', ['ci', ...flags], { cwd: __dirname, stdio: 'pipe' });
}

/** Every regular expression of a file: literals, and those that are made of constant texts. */
function expressionsOf(path: string): Found[] {
  const text = readFileSync(path, 'utf8');
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const found: Found[] = [];
  const constants: string[] = [];
  const add = (node: ts.Node, { source, flags }: RegExp): void => {
    const { line } = file.getLineAndCharacterOfPosition(node.getStart());
    found.push({ where: `${path.slice(SRC.length + 1)}:${line + 1}`, source, flags });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) add(node, evaluate(node.getText()));
    else if (ts.isNewExpression(node) && node.expression.getText() === 'RegExp') {
      const made = node.getText();
      if (!MADE_AT_RUN_TIME.some((part) => made.includes(part))) {
        add(node, evaluate(made, constants));
      }
      return;
    } else if (ts.isVariableStatement(node) && node.parent === file) {
      const isText = /^const \w+ = ["'`]/.test(node.getText());
      if (isText) constants.push(node.getText());
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** Runs a part of the package's own source. */
const evaluate = (expression: string, constants: string[] = []): RegExp =>
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
  new Function(`${constants.join('\n')}\nreturn ${expression};`)() as RegExp;

function verdictsOn(expressions: Pick<Found, 'source' | 'flags'>[]): { status: string }[] {
  const input = JSON.stringify(expressions.map(({ source, flags }) => [source, flags]));
  const script = join(__dirname, 'check.mjs');
  const env = { ...process.env, RECHECK_BACKEND: 'pure' };
  return JSON.parse(execFileSync(process.execPath, [script], { input, env }).toString()) as never;
}

const expressions = readdirSync(SRC, { recursive: true })
  .map(String)
  .filter((path) => /\.tsx?$/.test(path))
  .flatMap((path) => expressionsOf(join(SRC, path)));

beforeAll(installRecheck, 120_000);

test('G40: no regular expression of the package takes more than linear time', () => {
  expect(expressions.length).toBeGreaterThan(40);
  const verdicts = verdictsOn(expressions);
  const slow = expressions
    .map((expression, at) => ({ ...expression, ...verdicts[at]! }))
    .filter(({ status }) => status !== 'safe');
  expect(slow).toEqual([]);
}, 300_000);

test('G40: the check sees one that does', () => {
  const verdicts = verdictsOn([
    { source: '^(a|a)*$', flags: '' },
    { source: '\\s+$', flags: '' },
  ]);
  expect(verdicts.map(({ status }) => status)).toEqual(['vulnerable', 'vulnerable']);
}, 60_000);
