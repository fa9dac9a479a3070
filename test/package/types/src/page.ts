/** Every way to type an answer, and what must not compile. `axios` comes from the file that is made of it. */
import type { AxiosInstance } from 'axios';
import { attachAuthInterceptors, isAuthError, memoryStore } from 'axios-auth-interceptors';
import type { AuthOptions, CookieAuthOptions, Refresh } from 'axios-auth-interceptors';
import type { AuthSession, TokenResponse, Tokens, TokenStore } from 'axios-auth-interceptors';
import { expiredAnswer, nextEvent, recordingStore } from 'axios-auth-interceptors/testing';
import { settled, testTokens } from 'axios-auth-interceptors/testing';
import { z } from 'zod';

declare const api: AxiosInstance;

// The interfaces of an application: no index signature, a refresh token that may be null.
interface LoginResponse {
  accessToken: string;
  refreshToken: string | null;
  expiresIn: number;
  tokenType: 'Bearer';
}
interface RefreshResponse {
  access_token: string;
  refresh_token?: string;
  expires_in?: string;
}
declare function login(): Promise<LoginResponse>;
declare function renew(refreshToken: string | null | undefined): Promise<RefreshResponse>;

export const byInterfaces = attachAuthInterceptors(api, {
  refresh: (tokens) => renew(tokens?.refreshToken),
});
void login().then((answer) => byInterfaces.signIn(answer));
void renew(null).then((answer) => byInterfaces.signIn(answer));

export const byClient = attachAuthInterceptors(api, {
  refresh: async (tokens, { client, signal }) =>
    (
      await client.post<LoginResponse>(
        '/auth/refresh',
        { refreshToken: tokens?.refreshToken },
        { signal },
      )
    ).data,
});
void api.post<LoginResponse>('/auth/login').then(({ data }) => byClient.signIn(data));

// A schema: zod's optional and nullish fields have `undefined` in their types.
const schema = z.object({
  accessToken: z.string(),
  refreshToken: z.string().nullish(),
  expiresAt: z.number().optional(),
});
export const bySchema = attachAuthInterceptors(api, {
  refresh: async (tokens, { client }) =>
    schema.parse((await client.post('/auth/refresh', tokens)).data),
});
void bySchema.signIn(schema.parse({}));

// Extra fields.
interface UserTokens extends Tokens {
  user: { id: string };
}
interface UserLogin extends LoginResponse {
  user: { id: string };
}
declare function loginWithUser(): Promise<UserLogin>;
const store: TokenStore<UserTokens> = memoryStore<UserTokens>();
export const withUser: AuthSession<UserTokens> = attachAuthInterceptors<UserTokens>(api, {
  tokenStore: store,
  refresh: loginWithUser,
  sameUser: (before, after) => before.user.id === after.user.id,
});
void loginWithUser().then((answer) => withUser.signIn(answer));
void withUser.getTokens().then((tokens): string | undefined => tokens?.user.id);
void withUser.refresh().then((tokens): string => tokens.user.id);
// @ts-expect-error the user is missing
void login().then((answer) => withUser.signIn(answer));
// @ts-expect-error the user is missing
attachAuthInterceptors<UserTokens>(api, { refresh: login });
// @ts-expect-error there is no such field
void withUser.getTokens().then((tokens) => tokens?.name);

// Tokens that only cookies carry.
export const byCookie = attachAuthInterceptors(api, {
  headerName: false,
  refresh: (_tokens, { client }) => client.post('/auth/refresh'),
});
void byCookie.signIn();

export const cookieWithUser: AuthSession<UserTokens> = attachAuthInterceptors<UserTokens>(api, {
  headerName: false,
  refresh: (_tokens, { client }) => client.post('/auth/refresh'),
});
declare const either: AuthOptions | CookieAuthOptions;
export const byEither: AuthSession = attachAuthInterceptors(api, either);
declare const given: Refresh;
export const byRefresh = attachAuthInterceptors(api, { refresh: given });

// Tests of the application.
const recorded = recordingStore(testTokens({ user: 'bob', expiresIn: -1 }));
export const inTest = attachAuthInterceptors(api, { tokenStore: recorded, refresh: login });

// An option that is `undefined` counts as left out, also under exactOptionalPropertyTypes.
declare const maybe: { store: TokenStore | undefined; origins: string[] | undefined };
attachAuthInterceptors(api, {
  refresh: login,
  tokenStore: maybe.store,
  allowedOrigins: maybe.origins,
});
void inTest.signIn(testTokens());
void settled(inTest);
void nextEvent(inTest, 'refreshed').then(({ attempts }): number => attempts);
const [status, body, headers] = expiredAnswer();
export const answered: [number, unknown, Record<string, string>] = [status, body, headers];
// @ts-expect-error there is no such event
void nextEvent(inTest, 'renewed');

void api.get('/health', { skipAuth: true });
export const unsubscribe: () => void = byClient.subscribe((event) => {
  if (event.type === 'refreshed') event.ms.toFixed();
});
export function codeOf(error: unknown): string | undefined {
  return isAuthError(error) ? error.code : undefined;
}
export const answer: TokenResponse = { access_token: 'a', refresh_token: null, expires_in: '60' };

// @ts-expect-error skipAuth is a boolean
void api.get('/health', { skipAuth: 'yes' });
// @ts-expect-error refresh is required
attachAuthInterceptors(api, {});
// @ts-expect-error no such option
attachAuthInterceptors(api, { refresh: login, refreshTimeOut: 5 });
// @ts-expect-error a refresh gives tokens or null
attachAuthInterceptors(api, { refresh: async () => undefined });
// @ts-expect-error a refresh gives tokens, no bare string
attachAuthInterceptors(api, { refresh: async () => 'token' });
// @ts-expect-error the whole response is not the tokens
attachAuthInterceptors(api, { refresh: (_, { client }) => client.post<LoginResponse>('/refresh') });
// @ts-expect-error there is no access token
void byClient.signIn({ refreshToken: 'r' });
// @ts-expect-error an access token is a string
void byClient.signIn({ accessToken: null });
// @ts-expect-error a lifetime is a number or a numeric string
void byClient.signIn({ accessToken: 'a', expiresIn: new Date() });
// @ts-expect-error a refresh token is a string
void byClient.signIn({ accessToken: 'a', refreshToken: 5 });
// @ts-expect-error no axios instance
attachAuthInterceptors({}, { refresh: login });
// @ts-expect-error no axios instance
attachAuthInterceptors(fetch, { refresh: login });
// @ts-expect-error a verdict is one of three
attachAuthInterceptors(api, { refresh: login, classify: () => 'retry' });
// @ts-expect-error a status is a number
attachAuthInterceptors(api, { refresh: login, statuses: ['401'] });
// @ts-expect-error statuses is a list
attachAuthInterceptors(api, { refresh: login, statuses: 401 });
// @ts-expect-error also for cookies
attachAuthInterceptors(api, { headerName: false, refresh: login, statuses: 401 });
// @ts-expect-error a fraction is a number
attachAuthInterceptors(api, { refresh: login, refreshAhead: '0.8' });
// @ts-expect-error the name of a header, or false
attachAuthInterceptors(api, { refresh: login, headerName: true });
// @ts-expect-error refresh is required for cookies too
attachAuthInterceptors(api, { headerName: false });
// @ts-expect-error a storage is no store
attachAuthInterceptors(api, { refresh: login, tokenStore: new Map<string, string>() });
// @ts-expect-error the token is named accessToken
attachAuthInterceptors(api, { refresh: async () => ({ token: 'a' }) });
// @ts-expect-error nobody knows what it gives
attachAuthInterceptors(api, { refresh: async (): Promise<unknown> => login() });
// @ts-expect-error the access token may be missing
attachAuthInterceptors(api, { refresh: async (): Promise<{ accessToken?: string }> => ({}) });
