import type { AxiosInstance } from 'axios';
import ts from 'typescript';
import type { AuthSession, TokenResponse } from '../../src/index';
import { json, startServer } from '../support/http-server';
import { cleanUp, onCleanUp } from '../support/session';
import { snippetsOf } from './snippets';

afterEach(cleanUp);

const PAGE = 'docs/recipes.md';

// Of this realm, so that the recipe has the globals of this file.
const ClassOfFunctions = (() => undefined).constructor as new (
  ...parts: string[]
) => (...given: unknown[]) => void;

interface Recipe {
  slack: AxiosInstance;
  slackAuth: AuthSession;
  userTokens(answer: object): TokenResponse;
}

/** The recipe of the page, with a server of the test in place of Slack's. */
function load(url: string): Recipe {
  const found = snippetsOf(PAGE).find(({ code }) => code.includes('authed_user'));
  const { outputText } = ts.transpileModule(
    found?.code.replaceAll('https://slack.com', url) ?? '',
    {
      compilerOptions: {
        module: ts.ModuleKind.CommonJS,
        target: ts.ScriptTarget.ES2022,
        esModuleInterop: true,
      },
    },
  );
  const recipe = {};
  const importOf = (name: string): unknown => {
    const entry = /^axios-auth-interceptors\/?(.*)$/.exec(name)?.[1];
    return jest.requireActual(
      entry === undefined ? name : `../../src/${entry && `${entry}/`}index`,
    );
  };
  const run = new ClassOfFunctions('exports', 'require', outputText);
  run(recipe, importOf);
  return recipe as Recipe;
}

const BOT = {
  access_token: 'xoxe.xoxb-1',
  refresh_token: 'xoxe-b1',
  expires_in: 43_200,
  token_type: 'bot',
};
const user = (count: number) => ({
  access_token: `xoxe.xoxp-${count}`,
  refresh_token: `xoxe-u${count}`,
  expires_in: 43_200,
  token_type: 'user',
});

/** Answers as Slack does: 200 whatever happens, the tokens where the test wants them. */
async function startSlack(rotated: object) {
  const refreshed: (string | null)[] = [];
  const used: (string | undefined)[] = [];
  const server = await startServer(({ url, headers, body }, response) => {
    if (url === '/api/oauth.v2.access') {
      refreshed.push(new URLSearchParams(body.toString()).get('refresh_token'));
      json(response, 200, { ok: true, ...rotated });
      return;
    }
    used.push(headers.authorization);
    const isGood = headers.authorization === 'Bearer xoxe.xoxp-2';
    const answer = isGood ? { user: 'W1' } : { error: 'token_expired' };
    json(response, 200, { ok: isGood, ...answer });
  });
  return { url: server.url, refreshed, used };
}

test.each([
  ['at the top', user(2)],
  ['under authed_user', { ...BOT, authed_user: { id: 'W1', ...user(2) } }],
])('a user of Slack: the tokens of the refresh are %s', async (_where, rotated) => {
  const { url, refreshed, used } = await startSlack(rotated);
  const { slack, slackAuth, userTokens } = load(url);
  onCleanUp(() => {
    slackAuth.detach();
  });
  await slackAuth.signIn(userTokens({ ok: true, ...BOT, authed_user: { id: 'W1', ...user(1) } }));
  expect(await slackAuth.getAccessToken()).toBe('xoxe.xoxp-1');
  expect((await slack.get('/auth.test')).data).toEqual({ ok: true, user: 'W1' });
  expect(used).toEqual(['Bearer xoxe.xoxp-1', 'Bearer xoxe.xoxp-2']);
  expect(refreshed).toEqual(['xoxe-u1']);
  expect(await slackAuth.getTokens()).toMatchObject({ refreshToken: 'xoxe-u2' });
});

test('a login without a user is that of the bot', () => {
  const { slackAuth, userTokens } = load('https://slack.com');
  onCleanUp(() => {
    slackAuth.detach();
  });
  const answer = { ok: true, ...BOT, authed_user: { id: 'W1' } };
  expect(userTokens(answer)).toBe(answer);
});
