import { answerErrors } from '../../../lib/answer-errors';
import { getApi } from '../../../lib/api';

export const GET = answerErrors(async () => {
  const { api } = await getApi();
  return Response.json((await api.get('/profile')).data);
});
