import { cookies } from 'next/headers';
import { answerErrors } from '../../lib/answer-errors';
import { getApi } from '../../lib/api';

export const POST = answerErrors(async () => {
  // First the tokens, while the cookie that names them is there.
  const { auth } = await getApi();
  await auth.signOut();
  (await cookies()).delete('session');
  return new Response(null, { status: 204 });
});
