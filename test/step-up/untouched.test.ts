import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import axios, { AxiosError, AxiosHeaders } from 'axios';
import type { AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import type { AuthOptions } from '../../src/index';
import { attached, cleanUp, rejection } from '../support/session';
import { withStepUp } from '../support/step-up';

afterEach(cleanUp);

interface Refusal {
  reads: string[];
  body: Readable;
  thrown: AxiosError[];
  adapter(config: InternalAxiosRequestConfig): Promise<AxiosResponse>;
}

/** Answers every request with 403, and notes what of the answer was looked at. */
function refusal(challenge: string): Refusal {
  const reads: string[] = [];
  const body = Readable.from([Buffer.from('{"code":"TOKEN_EXPIRED"}')]);
  const thrown: AxiosError[] = [];
  return {
    reads,
    body,
    thrown,
    adapter(config) {
      const headers = new Proxy(new AxiosHeaders({ 'www-authenticate': challenge }), {
        get(target, name, receiver) {
          if (typeof name === 'string') reads.push(name.toLowerCase());
          return Reflect.get(target, name, receiver) as unknown;
        },
      });
      const answer = { data: body, status: 403, statusText: '', headers, config };
      const error = new AxiosError('no', AxiosError.ERR_BAD_REQUEST, config, null, answer);
      thrown.push(error);
      return Promise.reject(error);
    },
  };
}

const CHALLENGE = 'Bearer error="insufficient_scope", scope="write"';

async function refuse(given: Refusal, options: Partial<AuthOptions>): Promise<unknown> {
  const refresh = jest.fn();
  const { api } = attached({
    axios: { baseURL: 'https://api.example.com', adapter: given.adapter },
    options: { refresh, ...options },
  });
  const error = await rejection(api.get('/', { responseType: 'stream' }));
  expect(refresh).not.toHaveBeenCalled();
  return error;
}

describe('Step-up: answers that are none of its business', () => {
  test('without a handler a 403 is handed on as it is, and its challenge is not read', async () => {
    const given = refusal(CHALLENGE);
    const error = await refuse(given, {});
    expect(error).toBe(given.thrown[0]);
    expect(given.thrown).toHaveLength(1);
    expect(given.body.readableDidRead).toBe(false);
    // What axios itself looks at, and nothing beside.
    const plain = refusal(CHALLENGE);
    await rejection(axios.get('https://api.example.com', { adapter: plain.adapter }));
    expect(given.reads).toEqual(plain.reads);
  });

  test('with a handler a 403 of another kind is the same, and its body is not read', async () => {
    const given = refusal('Bearer error="invalid_request"');
    const handler = jest.fn();
    expect(await refuse(given, withStepUp(handler))).toBe(given.thrown[0]);
    expect(handler).not.toHaveBeenCalled();
    expect(given.body.readableDidRead).toBe(false);
  });

  test('a 403 that was declined is the very error of the adapter', async () => {
    const given = refusal(CHALLENGE);
    expect(
      await refuse(
        given,
        withStepUp(() => null),
      ),
    ).toBe(given.thrown[0]);
  });

  test('the body of a 403 that was declined can still be read, also as a stream', async () => {
    const given = refusal(CHALLENGE);
    await refuse(
      given,
      withStepUp(() => null),
    );
    expect(await text(given.body)).toBe('{"code":"TOKEN_EXPIRED"}');
  });

  test('a 403 is never put to classify', async () => {
    const classify = jest.fn();
    await refuse(refusal(CHALLENGE), { classify, ...withStepUp(() => null) });
    expect(classify).not.toHaveBeenCalled();
  });
});
