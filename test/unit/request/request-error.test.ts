import { inspect } from 'node:util';
import axios, { AxiosHeaders } from 'axios';
import type { AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import { AuthError } from '../../../src/errors';
import { DESCRIBES } from '../../../src/request/attempt';
import { toRequestError } from '../../../src/request/request-error';
import { parseChallenges } from '../../../src/response/challenges';
import { Secrets } from '../../../src/session/secrets';

const SECRET = 'access-token-1';
const secrets = new Secrets();
secrets.remember({ accessToken: SECRET, refreshToken: 'refresh-token-1' });

const CONFIG: InternalAxiosRequestConfig = {
  method: 'post',
  url: '/orders?page=2#top',
  baseURL: 'https://user:pass@api.example.com/v1',
  headers: new AxiosHeaders({ Authorization: `Bearer ${SECRET}`, Cookie: 'session=1' }),
  data: { password: 'hunter2' },
  params: { token: SECRET },
  auth: { username: 'u', password: 'p' },
  proxy: { host: 'proxy', port: 1, auth: { username: 'u', password: 'p' } },
  httpAgent: { keepAlive: true },
  transformRequest: [() => SECRET],
};
const ERROR = new AuthError('ERR_AUTH_SESSION_EXPIRED', 'The session is over.', {
  cause: new Error('refused'),
});

function respond(data: unknown, given: Partial<AxiosResponse> = {}): AxiosResponse {
  return {
    status: 401,
    statusText: 'Unauthorized',
    headers: { 'content-type': 'application/json', 'set-cookie': [`id=${SECRET}`] },
    data,
    config: CONFIG,
    request: { socket: 'the transport', _header: SECRET },
    ...given,
  };
}

type Answer = Parameters<typeof toRequestError>[3];
function describeRequest(answer?: Partial<Answer> & object, config: object = {}): AuthError {
  const whole = answer && {
    response: respond(undefined),
    text: undefined,
    challenge: undefined,
    ...answer,
  };
  const error = toRequestError(ERROR, { ...CONFIG, ...config }, secrets, whole);
  if (!(error instanceof AuthError)) throw new Error('It is no AuthError.');
  return error;
}
const body = (data: unknown, text?: string): unknown =>
  describeRequest({ response: respond(data), text }).response?.data;

describe('the error of a request', () => {
  it('is an error of its own, with code, message and cause of the one of the session', () => {
    const error = describeRequest();
    expect(error).not.toBe(ERROR);
    expect(error).toMatchObject({ code: ERROR.code, message: ERROR.message, cause: ERROR.cause });
    expect(ERROR.config).toBeUndefined();
  });

  it('G34: carries method and URL of the request, and nothing else of it', () => {
    const { config } = describeRequest();
    expect({ ...config, headers: config?.headers.toJSON() }).toEqual({
      method: 'post',
      url: '/orders',
      baseURL: 'https://api.example.com/v1',
      headers: {},
      adapter: expect.any(Function) as unknown,
    });
  });

  it('G34: carries status, content type and challenge of the answer, and nothing else of it', () => {
    const [challenge] = parseChallenges(`Bearer realm="${SECRET}", error="invalid_token"`);
    const { response, challenge: described } = describeRequest({ challenge });
    expect({ ...response, headers: { ...response?.headers } }).toEqual({
      status: 401,
      statusText: 'Unauthorized',
      headers: { 'content-type': 'application/json' },
      data: undefined,
      config: expect.anything() as unknown,
    });
    expect(described).toStrictEqual({
      scheme: 'Bearer',
      params: { realm: '[redacted]', error: 'invalid_token' },
    });
  });

  it('G34: carries the credentials of a challenge redacted', () => {
    const [challenge] = parseChallenges(`Negotiate ${SECRET}`);
    expect(describeRequest({ challenge }).challenge).toStrictEqual({
      scheme: 'Negotiate',
      params: {},
      token68: '[redacted]',
    });
  });

  it('G33: has no key for what the request does not have', () => {
    const { config } = toRequestError(ERROR, { headers: new AxiosHeaders() }, secrets) as AuthError;
    expect(Object.keys(config ?? {})).toEqual(['headers', 'adapter']);
  });

  it.each<Partial<Record<keyof AxiosResponse, unknown>>>([
    { headers: {} },
    { headers: { 'content-type': 5 } },
    { headers: undefined },
    { statusText: undefined },
  ])('G33: an answer of another adapter may have %j', (given) => {
    const { response } = describeRequest({ response: respond(undefined, given as never) });
    expect(typeof response?.statusText).toBe('string');
    if ('headers' in given) expect({ ...response?.headers }).toEqual({});
    else expect(response?.statusText).toBe('');
  });

  it('G34: prints no credential, however deep one looks', () => {
    const [challenge] = parseChallenges(`Negotiate ${SECRET}`);
    const data = { [SECRET]: { echoed: [`Bearer ${SECRET}`] } };
    const error = describeRequest({
      response: respond(data, {
        statusText: `No ${SECRET}`,
        headers: { 'content-type': `text/${SECRET}` },
      }),
      challenge,
    });
    const printed = inspect(error, { depth: Infinity, showHidden: true }) + JSON.stringify(error);
    for (const secret of [
      SECRET,
      'refresh-token-1',
      'hunter2',
      'user:pass',
      'page=2',
      'transport',
    ]) {
      expect(printed).not.toContain(secret);
    }
  });

  it.each([
    ['https://u:p@a.example/x?y#z', 'https://a.example/x'],
    ['//u:p@a.example/x', '//a.example/x'],
    ['\\\\u:p@a.example/x', '\\\\a.example/x'],
    ['https://a.example/x@y', 'https://a.example/x@y'],
    ['https://a.example/x//y@z', 'https://a.example/x//y@z'],
    ['s3+a.b-c://u:p@a.example/x', 's3+a.b-c://a.example/x'],
    [`/reset/${SECRET}/now`, '/reset/[redacted]/now'],
    ['/x\n?y', '/x'],
    ['https:u:p@a.example/x', 'https:a.example/x'],
    ['', ''],
  ])('G34: of the URL %j it shows %j', (url, shown) => {
    expect(describeRequest(undefined, { url }).config?.url).toBe(shown);
  });

  it('G19: keeps what axios-cache-interceptor finds those by who wait', () => {
    const cache = { methods: ['get'], staleIfError: true };
    expect(describeRequest(undefined, { id: `get-${SECRET}`, cache }).config).toMatchObject({
      id: 'get-[redacted]',
      cache,
    });
    expect(describeRequest(undefined, { id: Symbol('s') }).config).not.toHaveProperty('id');
  });

  it('G16: cannot be sent again: whoever tries gets the same error', async () => {
    const error = describeRequest();
    expect(error.config?.adapter).toHaveProperty([DESCRIBES], true);
    await expect(axios.request(error.config ?? {})).rejects.toBe(error);
    await expect(axios.request({ ...error.config, url: '/other' })).rejects.toBe(error);
  });

  it.each([new Error('another'), 'a text', undefined, null, new axios.CanceledError()])(
    'G15: what is no error of ours stays as it is: %s',
    (error) => {
      expect(toRequestError(error, CONFIG, secrets)).toBe(error);
    },
  );
});

describe('the body of the answer', () => {
  const text = JSON.stringify({ token: SECRET, code: 'E1' });
  const cleaned = JSON.stringify({ token: '[redacted]', code: 'E1' });

  it('G34: stays a text where it was one, without credentials', () => {
    expect(body(text, text)).toBe(cleaned);
  });

  it('G34: stays as it was spaced, and is no JSON where it was none', () => {
    for (const kept of ['{ "code": "E1" }', 'C:\\users']) expect(body(kept, kept)).toBe(kept);
  });

  it('G34: loses credentials that JSON has escaped, too', () => {
    const escaped = `{"token":"\\u0061${SECRET.slice(1)}","code":"E1"}`;
    expect(JSON.parse(escaped)).toEqual({ token: SECRET, code: 'E1' });
    expect(body(escaped, escaped)).toBe(cleaned);
    // A line of many is no JSON as a whole.
    expect(body(`${escaped}\n{}`, `${escaped}\n{}`)).toBe(`${cleaned}\n{}`);
    const quoted = String.raw`{"a":"\u0022\u005c\u000A"}`;
    expect(body(quoted, quoted)).toBe(String.raw`{"a":"\"\\\n"}`);
  });

  it('G34: stays bytes up to what was looked at', () => {
    const long = 'x'.repeat(65_536);
    expect(body(new TextEncoder().encode(long), long)).toHaveLength(65_536);
  });

  it('G34: stays bytes where it was bytes', () => {
    const bytes = new TextEncoder().encode(text);
    for (const data of [bytes, Buffer.from(bytes), bytes.buffer]) {
      expect(new TextDecoder().decode(body(data, text) as Uint8Array)).toBe(cleaned);
    }
  });

  it('G34: stays an object where an adapter gave one', () => {
    expect(body({ [SECRET]: [SECRET], code: 'E1' })).toEqual({
      '[redacted]': ['[redacted]'],
      code: 'E1',
    });
    expect(body([SECRET, 1])).toEqual(['[redacted]', 1]);
    expect(body(Object.assign(Object.create(null) as object, { code: 'E1' }))).toEqual({
      code: 'E1',
    });
  });

  const endless: Record<string, unknown> = {};
  endless.next = endless;
  it.each<[string, unknown, string?]>([
    ['a stream', new ReadableStream(), text],
    ['a Blob', new Blob([text]), text],
    ['more than was looked at', new Uint8Array(65_537), ''],
    ['an object without end', endless],
    [
      'an object that throws',
      {
        toJSON: () => {
          throw new Error('no');
        },
      },
    ],
    ['of a class', new Map([[SECRET, 1]])],
    ['a date', new Date()],
    ['nothing', undefined],
    ['a number', 5],
    ['a bigint in an object', { a: 1n }],
    ['too long to be searched', { a: 'x'.repeat(70_000) }],
  ])('G34: is left out where it is %s', (_, data, ...[read]) => {
    expect(body(data, read)).toBeUndefined();
  });

  it('G39: is left out where there is no TextEncoder, and would have to be bytes', () => {
    const bytes = new TextEncoder().encode(text);
    const encoder = globalThis.TextEncoder;
    Object.assign(globalThis, { TextEncoder: undefined });
    try {
      expect(body(bytes, text)).toBeUndefined();
    } finally {
      Object.assign(globalThis, { TextEncoder: encoder });
    }
  });
});
