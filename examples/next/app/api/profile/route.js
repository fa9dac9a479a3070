import { isAuthError } from 'axios-auth-interceptors';
import { getApi } from '../../../lib/api';

export async function GET() {
  try {
    const { api } = await getApi();
    return Response.json((await api.get('/profile')).data);
  } catch (error) {
    if (!isAuthError(error)) throw error;
    return Response.json({ code: error.code }, { status: 401 });
  }
}
