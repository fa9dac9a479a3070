import { isAuthError } from 'axios-auth-interceptors';
import { redirect } from 'next/navigation';
import { getApi } from '../../lib/api';

async function Name() {
  const { api } = await getApi();
  const answer = await api.get('/profile').catch((error) => {
    if (!isAuthError(error)) throw error;
  });
  if (!answer) redirect('/');
  return <p>{`user: ${answer.data.username}`}</p>;
}

/** Two components that meet the same expiry share one session, and one refresh. */
export default function Profile() {
  return (
    <main>
      <Name />
      <Name />
    </main>
  );
}
