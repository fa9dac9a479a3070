import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isRecord } from '../../src/util/values';
import type { ProviderAnswer } from './provider-answers';

const page = resolve(__dirname, '../../docs/sign-in/oauth2-providers.md');
const [BEGIN, END] = ['<!-- providers: begin -->', '<!-- providers: end -->'];

const FOLLOWS: Record<ProviderAnswer['verdict'], string> = {
  'ends session': 'sign in again',
  'misconfigured client': 'configuration',
  transient: 'tried again',
  tokens: 'new tokens',
};

/** The table of docs/sign-in/oauth2-providers.md. */
export function makeTable(answers: readonly ProviderAnswer[]): string {
  const head = ['Provider', 'Status', 'Answer', 'What follows'];
  const rows = answers.map(({ provider, status, body, verdict, contentType }) => {
    const type = contentType.startsWith('application/json')
      ? ''
      : ` (${contentType.split(';')[0]})`;
    return [provider, String(status), `${describe(body)}${type}`, FOLLOWS[verdict]];
  });
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;

function describe(body: unknown): string {
  if (typeof body === 'string') return body === '' ? 'nothing' : code(body);
  if (!isRecord(body)) return code(JSON.stringify(body));
  const { error, error_description: description, suberror, error_subtype: subtype } = body;
  if (typeof error !== 'string' || 'statusCode' in body) return code(withoutTokens(body));
  const [reason = ''] = typeof description === 'string' ? description.split('\r\n') : [];
  const part = suberror ?? subtype;
  return [code(error), reason, typeof part === 'string' && code(part)].filter(Boolean).join(', ');
}

/** The fields of an answer that brings tokens, but for these. */
function withoutTokens({ access_token, refresh_token, ...rest }: Record<string, unknown>): string {
  const tokens = [access_token && 'access_token', refresh_token && 'refresh_token'];
  const fields = Object.entries(rest).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  return [...tokens, ...fields].filter(Boolean).join(', ');
}

export function writeIntoPage(table: string): void {
  const [before, , after] = parts();
  writeFileSync(page, `${before}${BEGIN}\n\n${table}\n\n${END}${after}`);
  execFileSync(process.execPath, [require.resolve('prettier/bin/prettier.cjs'), '--write', page]);
}

export const textOfPage = (): string => parts()[1];

function parts(): [before: string, between: string, after: string] {
  const text = readFileSync(page, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${page} has no ${BEGIN} … ${END}`);
  return [
    text.slice(0, begin),
    text.slice(begin + BEGIN.length, end),
    text.slice(end + END.length),
  ];
}

/** Two tables are the same where only the widths of their columns differ. */
export const withoutWidths = (text: string): string =>
  text
    .replace(/-{3,}/g, '---')
    .replace(/[ \n]+/g, ' ')
    .trim();
