import { anyUnauthorized, defaultClassify, type AuthAnswer } from '../../../src/index';

const answer = (status: number, data?: unknown): AuthAnswer => ({
  status,
  code: undefined,
  challenge: undefined,
  data,
  response: {} as AuthAnswer['response'],
});

it('G12: anyUnauthorized refreshes on a 401 and on nothing else', () => {
  expect(anyUnauthorized(answer(401))).toBe('refresh');
  expect(anyUnauthorized(answer(403))).toBe('pass');
});

it.each([
  [{ code: 'token_expired' }, 'refresh'],
  [{ error: { code: 'TOKEN_REVOKED' } }, 'sign-out'],
  [{ errors: [{ code: 'EXPIRED_TOKEN' }] }, 'refresh'],
  [{ error: 'invalid_token' }, 'refresh'],
  [{ code: 'INVALID_TOKEN' }, 'sign-out'],
  [{ code: 40101 }, 'pass'],
  [{ code: 'constructor' }, 'pass'],
  [{ errors: [] }, 'pass'],
  [{ error: '' }, 'pass'],
  [null, 'pass'],
  ['TOKEN_EXPIRED', 'pass'],
])('G11: defaultClassify judges %j as %s', (data, verdict) => {
  expect(defaultClassify(answer(401, data))).toBe(verdict);
});
