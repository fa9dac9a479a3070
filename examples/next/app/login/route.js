import axios from 'axios';
import { cookies } from 'next/headers';
import { answerErrors } from '../../lib/answer-errors';
import { openApi } from '../../lib/api';

export const POST = answerErrors(async (request) => {
  const { username, password } = await request.json();
  const credentials = { username, password };
  const { data } = await axios.post(`${process.env.API_URL}/auth/login`, credentials);
  // A new id at each login, so that nobody can know it from before: not getApi(), which has the old one.
  const id = crypto.randomUUID();
  const { auth } = await openApi(id);
  await auth.signIn(data);
  // The browser gets the name of the session, never a token: nothing has to be set again at a renewal.
  (await cookies()).set('session', id, {
    httpOnly: true,
    sameSite: 'lax',
    secure: process.env.NODE_ENV === 'production',
  });
  return Response.json({ username });
});
