import fc from 'fast-check';
import { attached, recorder } from '../support/attached';
import { jwt } from '../support/clocks';
import { cleanUp } from '../support/rig';

afterEach(cleanUp);

const base64url = (text: string): string => Buffer.from(text).toString('base64url');
const withPayload = (payload: string): string => `${base64url('{}')}.${base64url(payload)}.c2ln`;

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const inObjects = (depth: number): string => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth);

const HOSTILE: [string, string][] = [
  ['nested as deep as a header allows', withPayload(nested(6_000))],
  ['nested in objects', withPayload(inObjects(1_500))],
  ['nested and never closed', withPayload('{"a":'.repeat(2_000))],
  ['of a megabyte', withPayload(JSON.stringify({ exp: 1, pad: 'x'.repeat(1_000_000) }))],
  ['nested a million deep', withPayload(nested(1_000_000))],
  ['with a payload that is no JSON', withPayload('exp: 1')],
  ['with an array', withPayload('[{"exp":1}]')],
  ['with an exp that is a text', jwt({ exp: '1' })],
  ['with a negative exp', jwt({ exp: -1e9 })],
  ['with an exp of 1e308', withPayload('{"exp":1e308}')],
  ['with an exp of NaN', withPayload('{"exp":NaN}')],
  ['with an exp below nought by a hair', withPayload('{"exp":-0}')],
  ['with an exp beyond numbers', withPayload('{"exp":-1e999}')],
  ['with an iat beyond all time', withPayload('{"exp":99999999999,"iat":1e308}')],
  ['with four segments', `${jwt({ exp: 1 })}.more`],
  ['with no base64', 'a.!!!!.c'],
  ['with base64 of half a byte', 'a.e.c'],
  ['with bytes that are no UTF-8', `a.${Buffer.from([0xff, 0xfe, 0x7b]).toString('base64url')}.c`],
  ['of dots', '..'],
];

/** What a token costs over several requests: nothing but its own header. */
async function costs(accessToken: string): Promise<{ headers: unknown[]; refreshes: number }> {
  const refresh = jest.fn(() => ({ accessToken: 'access-2' }));
  const { adapter, sent } = recorder();
  const { api } = attached({
    axios: { baseURL: 'https://api.example.com', adapter },
    tokens: { accessToken },
    options: { refresh },
  });
  for (let n = 0; n < 3; n++) await api.get('/');
  const headers = [...new Set(sent.map(({ authorization }) => authorization))];
  return { headers, refreshes: refresh.mock.calls.length };
}

test.each(HOSTILE)('G30: a JWT %s is sent as it is, and renewed by nobody', async (_, token) => {
  const { headers, refreshes } = await costs(token);
  // Not by toEqual: a megabyte makes no readable report.
  expect([headers.length, headers[0] === `Bearer ${token}`, refreshes]).toEqual([1, true, 0]);
});

test.each(['opaque', '1', 'ya29.a0AfB_by', 'gho_16C7e42F292c6912E7710c838347Ae178B4a', '=.=.='])(
  'G30: the opaque token %s is sent as it is',
  async (token) => {
    expect(await costs(token)).toEqual({ headers: [`Bearer ${token}`], refreshes: 0 });
  },
);

const past = fc.integer({ min: 1, max: 1_600_000_000 });
const claim = fc.oneof(past, fc.double(), fc.string(), fc.constant(null), fc.constant([1]));

test('G32: whatever a refresh gives as claims, it is no loop', async () => {
  const claims = fc.record({ exp: claim, iat: claim, nbf: claim }, { requiredKeys: [] });
  await fc.assert(
    fc.asyncProperty(claims, claims, async (first, later) => {
      let count = 0;
      const { adapter, sent } = recorder();
      const { api } = attached({
        axios: { baseURL: 'https://api.example.com', adapter },
        tokens: { accessToken: jwt(first) },
        options: {
          refreshLimit: false,
          refreshAhead: false,
          refresh: () => ({ accessToken: jwt({ ...later, jti: ++count }) }),
        },
      });
      for (let n = 0; n < 6; n++) await api.get('/');
      expect(sent).toHaveLength(6);
      expect(count).toBeLessThanOrEqual(1);
    }),
  );
});
