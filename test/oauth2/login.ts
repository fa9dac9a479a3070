import { createHash, randomBytes } from 'node:crypto';
import axios from 'axios';
import type { TokenResponse } from '../../src/index';
import type { AuthorizationServer, Client } from './authorization-server';

export const REDIRECT_URI = 'https://app.example.test/callback';

/** More pages than this are no login. */
const MAX_PAGES = 15;

/** The authorization code flow with PKCE, as a person and a client walk it (RFC 6749 §4.1, RFC 7636). */
export async function login(
  server: AuthorizationServer,
  client: Client,
  more: Record<string, string> = {},
): Promise<TokenResponse> {
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(8).toString('hex');
  const request = new URLSearchParams({
    response_type: 'code',
    client_id: client.id,
    redirect_uri: REDIRECT_URI,
    scope: 'openid offline_access read',
    prompt: 'consent',
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...more,
  });
  const back = await walk(`${server.authorizationEndpoint}?${request}`);
  if (back.get('state') !== state) throw new Error(`The login went wrong: ${back}`);
  return exchangeCode(server, client, {
    grant_type: 'authorization_code',
    code: back.get('code') ?? '',
    redirect_uri: REDIRECT_URI,
    code_verifier: verifier,
  });
}

async function exchangeCode(
  server: AuthorizationServer,
  { id, secret = '', method }: Client,
  fields: Record<string, string>,
): Promise<TokenResponse> {
  const form = new URLSearchParams(fields);
  if (method !== 'client_secret_basic') form.set('client_id', id);
  if (method === 'client_secret_post') form.set('client_secret', secret);
  const isBasic = method === 'client_secret_basic';
  const credentials = `${encodeURIComponent(id)}:${encodeURIComponent(secret)}`;
  const headers = { Authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
  const config = isBasic ? { headers } : {};
  return (await axios.post<TokenResponse>(server.tokenEndpoint, form, config)).data;
}

/** Follows redirects and fills in every form, until the client is called back. */
async function walk(start: string): Promise<URLSearchParams> {
  const visit = createBrowser();
  let page = await visit(start);
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    if (page.location?.startsWith(REDIRECT_URI)) return new URL(page.location).searchParams;
    page = page.location ? await visit(page.location) : await visit(...submission(page));
  }
  throw new Error(`The login does not end: ${page.url}`);
}

interface Page {
  url: string;
  /** Where it redirects to. */
  location: string | undefined;
  text: string;
}

/** A browser, as far as a login needs one: it keeps cookies. */
function createBrowser(): (url: string, form?: URLSearchParams) => Promise<Page> {
  const cookies = new Map<string, string>();
  return async (url, form) => {
    const answer = await axios.request<string>({
      url,
      method: form ? 'post' : 'get',
      data: form,
      headers: { Cookie: [...cookies].map((pair) => pair.join('=')).join('; ') },
      maxRedirects: 0,
      responseType: 'text',
      validateStatus: (status) => status < 400,
    });
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
    const location = answer.headers.location as string | undefined;
    return { url, location: location && new URL(location, url).href, text: answer.data };
  };
}

/** What the form of a page sends, once a person has written something into every empty field. */
function submission({ url, text }: Page): [url: string, form: URLSearchParams] {
  const [, attributes = ''] = /<form([^>]*)>/.exec(text) ?? [];
  const action = (attributeOf(attributes, 'action') ?? url).replaceAll('&amp;', '&');
  const form = new URLSearchParams();
  for (const [, input = ''] of text.matchAll(/<input([^>]*)>/g)) {
    form.set(attributeOf(input, 'name') ?? '', attributeOf(input, 'value') ?? 'alice');
  }
  return [new URL(action, url).href, form];
}

const attributeOf = (tag: string, name: string): string | undefined =>
  new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];
