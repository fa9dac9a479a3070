import { AxiosError, AxiosHeaders, CanceledError } from 'axios';
import { AuthError } from '../../../src/index';
import { busyFor, judgeFault, retryAfter } from '../../../src/session/judge-fault';

const NOW = Date.parse('2024-05-01T12:00:00Z');
const named = (name: string, message = '', extra: object = {}): Error =>
  Object.assign(new Error(message), { name }, extra);
/** A title without the stack, in which every checkout has paths of its own. */
const titled = (fault: unknown): [string, unknown] => {
  const { name, message, code = '' } = Object(fault) as Partial<Record<string, unknown>>;
  return [fault instanceof Error ? [name, code, message].join(' ') : String(fault), fault];
};
const after = (value: unknown): unknown => ({ response: { headers: { 'retry-after': value } } });

describe('the judgement of a failed refresh', () => {
  it.each([400, 401, 403])('G11: %d is a refusal', (status) => {
    for (const fault of [{ response: { status } }, { status }, { statusCode: status }]) {
      expect(judgeFault(fault)).toBe('refused');
    }
  });

  it.each([408, 425, 429, 500, 502, 503, 504, 599])('G10: %d is transient', (status) => {
    expect(judgeFault({ response: { status } })).toBe('transient');
    expect(judgeFault({ statusCode: status })).toBe('transient');
  });

  it.each([200, 302, 404, 405, 409, 410, 422])('G10: %d is permanent', (status) => {
    expect(judgeFault({ response: { status } })).toBe('permanent');
  });

  it('G10: an error that wraps an answer means what the answer means', () => {
    const wrapped = (status: number): Error =>
      new Error('wrapped', { cause: new Error('twice', { cause: { status } }) });
    expect([503, 401, 404].map(wrapped).map(judgeFault)).toEqual([
      'transient',
      'refused',
      'permanent',
    ]);
    const deep = (causes: number): object =>
      causes === 0 ? { status: 503 } : { cause: deep(causes - 1) };
    expect([deep(3), deep(4)].map(judgeFault)).toEqual(['transient', 'permanent']);
    const endless: { cause?: unknown } = {};
    endless.cause = endless;
    expect(judgeFault(endless)).toBe('permanent');
  });

  it('G10: the status of the response wins over that of the error', () => {
    expect(judgeFault({ response: { status: 503 }, status: 400 })).toBe('transient');
  });

  it.each([0, -1, '400', '503', null])('G10: a status of %j is none', (status) => {
    expect(judgeFault({ status })).toBe('permanent');
    expect(judgeFault({ status, name: 'TimeoutError' })).toBe('transient');
    expect(busyFor({ status })).toBeUndefined();
  });

  it('G11: an AuthError counts by its code', () => {
    expect(judgeFault(new AuthError('ERR_AUTH_SESSION_EXPIRED', ''))).toBe('refused');
    expect(judgeFault(new AuthError('ERR_AUTH_REFRESH_FAILED', ''))).toBe('transient');
    expect(judgeFault(new AuthError('ERR_AUTH_CONFIG', ''))).toBe('permanent');
  });

  const NO_ANSWER = ['ERR_NETWORK', 'ECONNABORTED', 'ETIMEDOUT', 'ECONNRESET', undefined];
  it.each([...NO_ANSWER, 'ERR_NOT_SUPPORTED', 'X_ERR_INVALID_URL'])(
    'G10: an error of axios without an answer is transient: %s',
    (code) => {
      expect(judgeFault(new AxiosError('no answer', code))).toBe('transient');
    },
  );

  it.each(['ERR_BAD_OPTION', 'ERR_BAD_OPTION_VALUE', 'ERR_INVALID_URL', 'ERR_NOT_SUPPORT'])(
    'G10: what no second attempt can help is permanent: %s',
    (code) => {
      expect(judgeFault(new AxiosError('misuse', code))).toBe('permanent');
    },
  );

  it('G20: a cancelled refresh is not tried again', () => {
    expect(judgeFault(new CanceledError())).toBe('permanent');
  });

  it.each(
    [
      named('TimeoutError'),
      named('Error', '', { code: 'ECONNREFUSED' }),
      named('Error', '', { code: 'EAI_AGAIN' }),
      named('Error', '', { code: 'UND_ERR_SOCKET' }),
      named('TypeError', 'fetch failed'),
      named('TypeError', 'Failed to fetch'),
      named('TypeError', 'Load failed'),
      named('TypeError', 'NetworkError when attempting to fetch resource.'),
      named('TypeError', 'The network connection was lost.'),
    ].map(titled),
  )('G10: no answer by other means than axios is transient: %s', (_, fault) => {
    expect(judgeFault(fault)).toBe('transient');
  });

  it.each(
    [
      undefined,
      null,
      'fetch failed',
      503,
      named('Error', 'fetch failed'),
      named('TypeError', 'x is not a function'),
      named('AbortError'),
      named('Error', '', { code: 'invalid_grant' }),
      named('Error', '', { code: 'ERR_INVALID_ARG_TYPE' }),
      named('Error', '', { code: 'TOKEN' }),
      named('Error', '', { code: 11000 }),
    ].map(titled),
  )('G10: a fault of the code is not tried again: %s', (_, fault) => {
    expect(judgeFault(fault)).toBe('permanent');
  });
});

it('G33: a fault whose getters throw is permanent', () => {
  const fault = new Proxy(
    {},
    {
      get: () => {
        throw new Error('a getter that throws');
      },
    },
  );
  expect(judgeFault(fault)).toBe('permanent');
  expect(retryAfter({ status: 503, response: fault })).toBeUndefined();
});

describe('how long the auth server wants to be left alone', () => {
  it.each([
    ['no answer', new AxiosError('no answer'), undefined],
    ['what is no error', 'fault', undefined],
    ['nothing', undefined, undefined],
    ['an answer that does not say', { response: { status: 503, headers: {} } }, 0],
    ['a status alone', { status: 503 }, 0],
    ['an answer that says', { response: { status: 503, headers: { 'retry-after': '7' } } }, 7_000],
  ])('G10: after %s', (_, fault, ms) => {
    expect(busyFor(fault)).toBe(ms);
  });
});

describe('Retry-After (RFC 9110 §10.2.3)', () => {
  it.each([
    ['2', 2_000],
    [2, 2_000],
    ['120', 120_000],
    [' 1.25 ', 1_250],
    ['2024-05-01T12:00:10Z', 10_000],
    ['Wed May 01 2024 12:00:10 +0000', 10_000],
    ['0', 0],
    ['-5', 0],
    ['Wed, 01 May 2024 12:00:10 GMT', 10_000],
    ['Wed, 01 May 2024 11:00:00 GMT', 0],
  ])('G10: %j asks for %d ms', (value, ms) => {
    expect(retryAfter(after(value), NOW)).toBe(ms);
  });

  it.each(['soon', 'Infinity', null, undefined, ['2'], {}])('G10: %j asks for nothing', (value) => {
    expect(retryAfter(after(value), NOW)).toBeUndefined();
  });

  it('G10: is read from the headers of axios and of fetch', () => {
    const headers = [new AxiosHeaders({ 'Retry-After': '3' }), new Headers({ 'Retry-After': '3' })];
    for (const fields of headers) {
      expect(retryAfter({ response: { headers: fields } })).toBe(3_000);
    }
  });

  it('G10: a header named "get" is a header', () => {
    const headers = { get: 'x', 'retry-after': '1' };
    expect(retryAfter({ response: { headers } })).toBe(1_000);
  });

  it.each([undefined, null, 'fault', {}, { response: null }, { response: {} }])(
    'G10: %j carries none',
    (fault) => {
      expect(retryAfter(fault)).toBeUndefined();
    },
  );
});
