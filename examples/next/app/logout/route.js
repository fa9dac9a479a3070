import { cookies } from 'next/headers';
import { getApi } from '../../lib/api';

export async function POST() {
  await (await getApi()).auth.signOut();
  (await cookies()).delete('session');
  return new Response(null, { status: 204 });
}
