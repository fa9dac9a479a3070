import { Readable } from 'node:stream';
import { AxiosHeaders } from 'axios';
import type { AxiosResponse } from 'axios';
import type { AuthOptions } from '../../../src/options';
import { resolveOptions } from '../../../src/resolve-options';
import {
  anyUnauthorized,
  classify,
  defaultClassify,
  isClassified,
  type AuthAnswer,
} from '../../../src/response/classify';
import { isThenable } from '../../../src/util/awaitable';

const resolve = (options: Partial<AuthOptions> = {}) =>
  resolveOptions({ refresh: () => null, ...options });

const respond = (data: unknown, given: Partial<AxiosResponse> = {}): AxiosResponse => ({
  status: 401,
  statusText: '',
  data,
  headers: {},
  config: { headers: new AxiosHeaders() },
  ...given,
});

const reports: [message: string, fault?: unknown][] = [];
const report = (message: string, fault?: unknown): void => {
  reports.push([message, fault]);
};
const judge = (response: AxiosResponse, options: Partial<AuthOptions> = {}) =>
  classify(response, resolve(options), report);

/** A step-up port which sees a step-up in every challenge with `insufficient_user_authentication`. */
const stepUp = {
  challengeIn: (challenges: { params: Record<string, string> }[]) =>
    challenges.find(({ params }) => params.error === 'insufficient_user_authentication'),
  start: () => ({}),
} as never;
const STEP_UP = { 'www-authenticate': 'Bearer error="insufficient_user_authentication"' };

beforeEach(() => {
  reports.length = 0;
});

describe('which statuses mean something', () => {
  it('G12: those of the option, and no other', () => {
    const options = resolve({ statuses: [200, 419] });
    expect([200, 401, 403, 419].map((status) => isClassified(options, status))).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });

  it('G12: 401 and 403 as well where there are step-ups', () => {
    const options = resolve({ statuses: [419], stepUp });
    expect([200, 401, 403, 419].map((status) => isClassified(options, status))).toEqual([
      false,
      true,
      true,
      true,
    ]);
  });
});

describe('the meaning of an answer', () => {
  it('G12: by its code, at once where the body is there', () => {
    expect(judge(respond('{"code":"TOKEN_EXPIRED"}'))).toEqual({
      action: 'refresh',
      code: 'TOKEN_EXPIRED',
      isKnown: true,
      challenge: undefined,
      text: '{"code":"TOKEN_EXPIRED"}',
    });
    expect(reports).toEqual([]);
  });

  it.each([
    [200, 'pass', false],
    [299, 'pass', false],
    [300, 'refresh', true],
    [401, 'refresh', true],
  ])('G12: the stream of a %i: %s, read: %p', async (status, action, isRead) => {
    const data = Readable.from(['{"code":"TOKEN_EXPIRED"}']);
    const response = respond(data, { status });
    expect(await judge(response, { statuses: [status] })).toMatchObject({ action, isKnown: true });
    expect(response.data !== data).toBe(isRead);
  });

  it('G12: by its code, later where the body is a Blob', async () => {
    const judged = judge(respond(new Blob(['{"code":"TOKEN_REVOKED"}'])));
    expect(isThenable(judged)).toBe(true);
    expect(await judged).toMatchObject({ action: 'sign-out', code: 'TOKEN_REVOKED' });
  });

  it('G36: an unknown code passes, and is told from a known one', () => {
    expect(judge(respond({ code: 'E1' }))).toMatchObject({ action: 'pass', isKnown: false });
    const codes = { E1: 'pass' } as const;
    expect(judge(respond({ code: 'E1' }), { codes })).toMatchObject({
      action: 'pass',
      isKnown: true,
    });
  });

  it.each<[string, unknown]>([
    ['AxiosHeaders', new AxiosHeaders({ 'WWW-Authenticate': 'Bearer error="invalid_token"' })],
    ['plain ones', { 'www-authenticate': 'Bearer error="invalid_token"' }],
    ['plain ones in upper case', { 'WWW-AUTHENTICATE': 'Bearer error="invalid_token"' }],
    ['many', { date: 'today', 'www-authenticate': 'Bearer error="invalid_token"' }],
    ['a list', { 'www-authenticate': ['Basic', 'Bearer error="invalid_token"'] }],
  ])('G12: the challenge is read from headers that are %s', (_, headers) => {
    expect(judge(respond(undefined, { headers: headers as never }))).toMatchObject({
      action: 'refresh',
      code: 'invalid_token',
    });
  });

  it.each([undefined, null, 'text', {}, { 'www-authenticate': 5 }])(
    'G33: headers that are %p hold no challenge',
    (headers) => {
      expect(judge(respond({}, { headers: headers as never }))).toMatchObject({
        action: 'pass',
        challenge: undefined,
      });
    },
  );

  it.each([
    ['DPoP', 'Basic a=b, bearer error="x", dpop error="y"', 'dpop'],
    ['DPoP', 'Basic a=b, bearer error="x"', 'bearer'],
    ['DPoP', 'Basic a=b, Digest c=d', 'Basic'],
    ['', 'Basic a=b, Bearer error="x"', 'Bearer'],
  ])('G12: for the scheme %j the challenge of %j is the one for %s', (scheme, header, chosen) => {
    const response = respond({}, { headers: { 'www-authenticate': header } });
    expect(judge(response, { scheme })).toMatchObject({ challenge: { scheme: chosen } });
  });
});

describe('the classifier of the application', () => {
  it('G12: gets what was found, and decides', () => {
    const ask = jest.fn((_: AuthAnswer) => 'sign-out' as const);
    const response = respond('{"code":"E1","n":1}', {
      headers: { 'www-authenticate': 'Bearer realm="r"' },
    });
    expect(judge(response, { classify: ask })).toMatchObject({ action: 'sign-out', isKnown: true });
    expect(ask).toHaveBeenCalledWith({
      status: 401,
      code: 'E1',
      challenge: { scheme: 'Bearer', params: { realm: 'r' } },
      data: { code: 'E1', n: 1 },
      response,
    });
  });

  it.each<[string, () => unknown]>([
    ['gives no verdict', () => 'retry'],
    ['gives nothing', () => undefined],
    ['gives a promise that rejects', () => Promise.reject(new Error('no'))],
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
  ])('G26: that %s is reported, and the table decides', (_, ask) => {
    const response = respond({ code: 'TOKEN_EXPIRED' });
    expect(judge(response, { classify: ask as never })).toMatchObject({ action: 'refresh' });
    expect(reports).toHaveLength(1);
    expect(reports[0]?.[0]).toContain('the table of codes decides');
  });
});

describe('a step-up', () => {
  it('is seen at 401 and 403, before any classifier is asked', () => {
    const ask = jest.fn(() => 'pass' as const);
    for (const status of [401, 403]) {
      const response = respond({}, { status, headers: STEP_UP });
      expect(judge(response, { stepUp, classify: ask })).toMatchObject({
        action: 'step-up',
        code: 'insufficient_user_authentication',
        isKnown: true,
        challenge: { scheme: 'Bearer' },
      });
    }
    expect(ask).not.toHaveBeenCalled();
  });

  it('comes after a code that the table knows', () => {
    const response = respond({ code: 'TOKEN_EXPIRED' }, { headers: STEP_UP });
    expect(judge(response, { stepUp })).toMatchObject({ action: 'refresh' });
  });

  it('G12: a 403 without one is none of ours, whatever its code says', () => {
    const response = respond({ code: 'TOKEN_EXPIRED' }, { status: 403 });
    expect(judge(response, { stepUp })).toMatchObject({
      action: 'pass',
      isKnown: true,
      text: undefined,
    });
  });
});

describe('the classifiers of the package', () => {
  const answer = (status: number, data?: unknown): AuthAnswer => ({
    status,
    code: undefined,
    challenge: undefined,
    data,
    response: respond(data, { status }),
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
    [{ code: 40_101 }, 'pass'],
    [null, 'pass'],
    ['TOKEN_EXPIRED', 'pass'],
  ])('G12: defaultClassify judges %j as %s', (data, verdict) => {
    expect(defaultClassify(answer(401, data))).toBe(verdict);
  });
});
