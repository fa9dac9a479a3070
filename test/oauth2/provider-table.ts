import { isRecord } from '../../src/util/values';
import { GeneratedPart, tableOf } from '../support/generated-part';
import type { ProviderAnswer } from './provider-answers';

/** Where the table stands. */
export const part = new GeneratedPart('sign-in/oauth2-providers.md', 'providers');

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
  return tableOf([head, ...rows]);
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
