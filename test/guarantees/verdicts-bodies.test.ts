import { gzipSync } from 'node:zlib';
import type { AxiosRequestConfig, AxiosResponse, ResponseType } from 'axios';
import { isAuthError } from '../../src/index';
import { bytesOfBody } from '../support/body-bytes';
import { refusing, verdictOn } from '../support/refusing';
import { cleanUp } from '../support/session';

afterEach(cleanUp);

type Kind = [adapter: 'http' | 'fetch', responseType: ResponseType];

const KINDS: Kind[] = [
  ['http', 'json'],
  ['http', 'text'],
  ['http', 'arraybuffer'],
  ['http', 'stream'],
  ['fetch', 'json'],
  ['fetch', 'text'],
  ['fetch', 'arraybuffer'],
  ['fetch', 'blob'],
  ['fetch', 'stream'],
];

/** The 401 as the caller gets it: thrown, or resolved where validateStatus has it so. */
async function passed(
  body: string | Buffer,
  config: AxiosRequestConfig,
  headers: Record<string, string> = {},
): Promise<AxiosResponse> {
  const { api, refresh } = await refusing({ body, headers });
  const response = await api.get<unknown>('/', config).catch((error: unknown) => {
    if (isAuthError(error)) throw error;
    return (error as { response: AxiosResponse }).response;
  });
  expect([response.status, refresh.mock.calls.length]).toEqual([401, 0]);
  return response;
}

/** Every byte value, so that a decoding somewhere on the way would show. */
const binary = (length: number): Buffer =>
  Buffer.alloc(length, Buffer.from([...Array(256).keys()]));

const filledJson = (code: string, length: number): string =>
  JSON.stringify({ code, filler: 'ä'.repeat(length) });

describe('Verdicts: bodies of every kind', () => {
  describe.each(KINDS)('with the %s adapter and responseType %s', (adapter, responseType) => {
    const config = { adapter, responseType };

    test.each([
      ['TOKEN_EXPIRED', 'refresh'],
      ['TOKEN_REVOKED', 'sign-out'],
      ['OTHER', 'pass'],
    ])('the code %s in the body is recognised', async (code, verdict) => {
      expect(await verdictOn({ body: { code } }, {}, config)).toBe(verdict);
    });

    test('a compressed body is recognised', async () => {
      const body = gzipSync('{"code":"TOKEN_EXPIRED"}');
      const headers = { 'content-encoding': 'gzip' };
      expect(await verdictOn({ body, headers }, {}, config)).toBe('refresh');
    });

    test('a compressed body that passes stays readable for the caller', async () => {
      const text = filledJson('OTHER', 1000);
      const response = await passed(gzipSync(text), config, { 'content-encoding': 'gzip' });
      expect(JSON.parse(String(await bytesOfBody(response)))).toEqual(JSON.parse(text));
    });

    test('a transformResponse of the caller has no influence on it', async () => {
      const transformResponse = () => ({ data: { errorCode: 'OTHER' } });
      const verdict = await verdictOn(
        { body: { code: 'TOKEN_EXPIRED' } },
        {},
        {
          ...config,
          transformResponse,
        },
      );
      expect(verdict).toBe('refresh');
    });

    test.each([0, 1, 1000, 65_535, 65_536, 65_537, 300_000])(
      'a body of %i bytes that passes stays readable for the caller',
      async (length) => {
        const text = 'x'.repeat(length);
        const bytes = await bytesOfBody(await passed(text, config));
        expect(bytes.equals(Buffer.from(text))).toBe(true);
      },
    );

    test('so does one that validateStatus resolves', async () => {
      const text = filledJson('OTHER', 200);
      const response = await passed(text, { ...config, validateStatus: null });
      expect(JSON.parse(String(await bytesOfBody(response)))).toEqual(JSON.parse(text));
    });

    test('at most 64 KiB are read, so a code in a longer body is not seen', async () => {
      const body = filledJson('TOKEN_EXPIRED', 70_000);
      expect(await verdictOn({ body }, {}, config)).toBe('pass');
    });

    test('the challenge decides where the body is longer', async () => {
      const body = filledJson('TOKEN_REVOKED', 70_000);
      const challenge = 'Bearer error="invalid_token"';
      expect(await verdictOn({ body, challenge }, {}, config)).toBe('refresh');
    });
  });

  describe.each(KINDS.filter(([, type]) => type !== 'json' && type !== 'text'))(
    'with the %s adapter and responseType %s',
    (adapter, responseType) => {
      test.each([256, 65_536, 200_001])(
        '%i bytes of no text at all arrive byte for byte',
        async (length) => {
          const response = await passed(binary(length), { adapter, responseType });
          expect((await bytesOfBody(response)).equals(binary(length))).toBe(true);
        },
      );
    },
  );

  describe.each(['http', 'fetch'] as const)('with the %s adapter', (adapter) => {
    test('a 401 that passes is still transformed for the caller, once', async () => {
      const transformResponse = jest.fn((data: string) => ({ wrapped: data }));
      const response = await passed('{"code":"OTHER"}', { adapter, transformResponse });
      expect(response.data).toEqual({ wrapped: '{"code":"OTHER"}' });
      expect(transformResponse).toHaveBeenCalledTimes(1);
    });

    test('a byte order mark before the JSON does no harm', async () => {
      const body = '\uFEFF{"code":"TOKEN_EXPIRED"}';
      for (const responseType of ['json', 'arraybuffer', 'stream'] as const) {
        expect(await verdictOn({ body }, {}, { adapter, responseType })).toBe('refresh');
      }
    });
  });
});
