import { isAuthError } from 'axios-auth-interceptors';
import { redirect } from 'next/navigation';
import { getApi } from '../../lib/api';

async function Name() {
  const { api } = await getApi();
  const answer = await api.get('/profile').catch((error) => {
    // Not the error itself: Next.js would print it, and an error of axios holds the token.
    if (!isAuthError(error)) throw new Error(`The API answered ${error.response?.status}.`);
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
