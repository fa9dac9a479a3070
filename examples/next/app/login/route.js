import axios from 'axios';
import { cookies } from 'next/headers';
import { openApi } from '../../lib/api';

export async function POST(request) {
  const { username, password } = await request.json();
  const credentials = { username, password };
  const { data } = await axios.post(`${process.env.API_URL}/auth/login`, credentials);
  const id = crypto.randomUUID();
  await (await openApi(id)).auth.signIn(data);
  // The browser gets the name of the session, never a token: nothing has to be set again at a renewal.
  (await cookies()).set('session', id, {
    httpOnly: true,
    sameSite: 'lax',
    secure: process.env.NODE_ENV === 'production',
  });
  return Response.json({ username });
}
