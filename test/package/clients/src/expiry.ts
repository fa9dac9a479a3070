import axios from 'axios';
import type { AuthSession, RefreshContext, Tokens } from 'axios-auth-interceptors';

export interface Login {
  accessToken: string;
  refreshToken: string;
  expiresIn: number;
}

export const [url = '', expired = ''] = process.argv.slice(2);

export const refresh = async (
  tokens: Tokens | null,
  { client }: RefreshContext,
): Promise<Login> => {
  const body = { refreshToken: tokens?.refreshToken };
  return (await client.post<Login>('/auth/refresh', body)).data;
};

/** Signs in with a token that the server no longer takes, makes the call, and prints what came of it. */
export async function overExpiry(
  auth: AuthSession,
  call: () => Promise<{ username: string }>,
): Promise<void> {
  const { data } = await axios.create().post<Login>(`${url}/auth/login`, {
    username: 'alice',
    password: 'wonderland',
  });
  await auth.signIn({ ...data, accessToken: expired });
  const { username } = await call();
  console.log(JSON.stringify({ username, isNew: (await auth.getAccessToken()) !== expired }));
}
