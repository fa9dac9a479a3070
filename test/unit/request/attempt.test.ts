import { Readable } from 'node:stream';
import axios, { AxiosHeaders } from 'axios';
import type { AxiosError, InternalAxiosRequestConfig } from 'axios';
import {
  adapterFor,
  asHeaders,
  bufferForm,
  canUseFetch,
  isOneShot,
  isReactNative,
  kindOf,
  nextAttempt,
  sendBy,
} from '../../../src/request/attempt';

const configOf = (given: object = {}): InternalAxiosRequestConfig => ({
  headers: new AxiosHeaders({ Accept: '*/*' }),
  ...given,
});
const adapter = (): never => {
  throw new Error('nobody calls it');
};
const form = {
  pipe: () => undefined,
  getBuffer: () => new Uint8Array([1, 2]),
  getHeaders: () => ({ 'content-type': 'multipart/form-data; boundary=x' }),
};

describe('the adapter of an attempt', () => {
  it('G19: is the function that stands there, or the one that axios would take', () => {
    expect(adapterFor(adapter, configOf())).toBe(adapter);
    expect(adapterFor('http', configOf())).toBe(axios.getAdapter('http'));
    expect(typeof adapterFor(['xhr', 'fetch'], configOf())).toBe('function');
    expect(typeof adapterFor(undefined, configOf())).toBe('function');
  });
});

describe('which adapter it is', () => {
  it('G3: one of axios by its name, whatever fetch it sends with, and any other is none of them', () => {
    const withFetch = configOf({ env: { fetch: () => undefined } });
    expect(kindOf(axios.getAdapter('http'), configOf())).toBe('http');
    expect(kindOf(axios.getAdapter('fetch'), configOf())).toBe('fetch');
    expect(kindOf(axios.getAdapter('fetch'), withFetch)).toBe('fetch');
    expect(kindOf(adapterFor('fetch', withFetch), withFetch)).toBe('fetch');
    expect(kindOf(adapter, configOf())).toBe('other');
  });
});

describe('sending by an adapter', () => {
  /** Over the fetch adapter of axios, which gets this answer. */
  const overFetch = (headers: unknown, answer: () => Promise<Response>) =>
    configOf({ method: 'get', url: 'https://a.example/', env: { fetch: answer }, headers });
  const ok = (): Promise<Response> => Promise.resolve(new Response('{}', { headers: { a: 'b' } }));
  const plain = { Accept: '*/*' };

  it('G19: an own one gets the config as it is, and stands in it', async () => {
    const config = configOf({ headers: plain });
    const answer = { headers: new AxiosHeaders() };
    const seen: unknown[] = [];
    const own = jest.fn((given: InternalAxiosRequestConfig) => {
      seen.push(given.adapter, given.headers);
      return Promise.resolve(answer);
    });
    expect(await sendBy(own as never, config)).toBe(answer);
    expect(own.mock.calls[0]![0]).toBe(config);
    expect(seen).toEqual([own, plain]);
    expect(answer.headers).toBeInstanceOf(AxiosHeaders);
  });

  it('G19: one of axios gives headers of axios where it got some', async () => {
    const { headers } = await sendBy('fetch', overFetch(new AxiosHeaders(plain), ok));
    expect(headers).toBeInstanceOf(AxiosHeaders);
  });

  it('G19: one of axios gets its own headers in place of those of another copy', async () => {
    const seen: unknown[] = [];
    const config = overFetch(plain, () => ok());
    config.env!.fetch = (request) => {
      const { headers: sent } = request as Request;
      seen.push(sent.get('accept'), config.headers instanceof AxiosHeaders);
      return ok();
    };
    const { headers } = await sendBy('fetch', config);
    expect(seen).toEqual(['*/*', true]);
    expect(headers).not.toBeInstanceOf(AxiosHeaders);
    expect(headers).toMatchObject({ a: 'b' });
    expect(config.headers).toBe(plain);
  });

  it('G19: and gives them back where it fails, with or without an answer', async () => {
    const refusing = overFetch(plain, () => Promise.resolve(new Response('', { status: 500 })));
    refusing.validateStatus = () => false;
    const refused: unknown = await sendBy('fetch', refusing).catch((error: unknown) => error);
    const { response } = refused as AxiosError;
    expect(response?.status).toBe(500);
    expect(response?.headers).not.toBeInstanceOf(AxiosHeaders);
    const failing = overFetch(plain, () => Promise.reject(new TypeError('fetch failed')));
    await expect(sendBy('fetch', failing)).rejects.toMatchObject({ code: 'ERR_NETWORK' });
    expect([refusing.headers, failing.headers]).toEqual([plain, plain]);
    expect(failing.headers).toBe(plain);
  });

  it('G19: one in a list may answer with nothing, or fail with nothing', async () => {
    const config = configOf({ headers: plain });
    expect(await sendBy([() => Promise.resolve()] as never, config)).toBeUndefined();
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- another library's
    const failing = sendBy([() => Promise.reject(undefined)] as never, config);
    await expect(failing).rejects.toBeUndefined();
    expect(config.headers).toBe(plain);
  });
});

describe('the platform', () => {
  const host = globalThis as { navigator?: unknown; fetch?: unknown };
  const given = Object.getOwnPropertyDescriptors(host);
  const setHost = (name: 'navigator' | 'fetch', value: unknown): void => {
    Object.defineProperty(host, name, { value, configurable: true, writable: true });
  };
  afterEach(() => {
    for (const name of ['navigator', 'fetch'] as const) {
      delete host[name];
      if (given[name]) Object.defineProperty(host, name, given[name]);
    }
  });

  it.each<[unknown, boolean]>([
    [undefined, false],
    [{}, false],
    [{ product: 'Gecko' }, false],
    [{ product: 'ReactNative' }, true],
  ])('G39: with the navigator %j is React Native: %s', (navigator, is) => {
    setHost('navigator', navigator);
    expect(isReactNative()).toBe(is);
    expect(canUseFetch()).toBe(!is);
  });

  it('G39: without fetch it cannot be used', () => {
    setHost('fetch', undefined);
    expect(canUseFetch()).toBe(false);
  });
});

describe('the headers of an attempt', () => {
  it('G19: stay where they are those of axios, of whatever copy, and become such otherwise', () => {
    const own = new AxiosHeaders();
    const ofAnotherCopy = { getAccept: () => undefined } as never;
    expect(asHeaders(own)).toBe(own);
    expect(asHeaders(ofAnotherCopy)).toBe(ofAnotherCopy);
    expect(asHeaders({ Accept: '*/*' } as never).get('accept')).toBe('*/*');
    expect(asHeaders(undefined as never)).toBeInstanceOf(AxiosHeaders);
  });
});

describe('the config of the next attempt', () => {
  it('G17: is the same request, with a config and headers of its own', () => {
    const key = Symbol('of a plugin');
    const sent = configOf({ url: '/a', data: { a: 1 }, [key]: 'kept' });
    const next = nextAttempt(sent, undefined);
    expect(next).toEqual(sent);
    expect(next).not.toBe(sent);
    next.headers.set('Accept', 'text/plain');
    next.url = '/b';
    expect([sent.headers.get('Accept'), sent.url]).toEqual(['*/*', '/a']);
    expect(next.headers).toBeInstanceOf(AxiosHeaders);
    expect((next as never)[key]).toBe('kept');
  });

  it('G17: keeps the prototype, or that there is none, and what is hidden', () => {
    const bare = Object.assign(Object.create(null) as object, configOf()) as never;
    Object.defineProperty(bare, 'hasOwnProperty', { value: Object.prototype.hasOwnProperty });
    const next = nextAttempt(bare, undefined);
    expect(Object.getPrototypeOf(next)).toBeNull();
    expect(Object.keys(next)).toEqual(['headers']);
    expect(Object.hasOwn(next, 'hasOwnProperty')).toBe(true);
  });

  it('G18: has the bytes of a form in place of the form that was emptied', () => {
    const buffered = bufferForm(form);
    const next = nextAttempt(configOf({ data: form }), buffered);
    expect(next.data).toEqual(new Uint8Array([1, 2]));
    expect(next.headers.toJSON()).toMatchObject({
      Accept: '*/*',
      'content-type': 'multipart/form-data; boundary=x',
    });
  });
});

describe('a one-shot body', () => {
  it.each<[string, boolean, unknown]>([
    ['a Node stream', true, Readable.from(['a'])],
    ['a web stream', true, new ReadableStream()],
    ['a web stream that cannot be iterated, as in Safari', true, { getReader: () => undefined }],
    [
      'an asynchronous iterator',
      true,
      (async function* () {
        yield await Promise.resolve(1);
      })(),
    ],
    ['a form of form-data', true, form],
    ['a text', false, 'a'],
    ['bytes', false, Buffer.from('a')],
    ['a plain object', false, { a: 1 }],
    ['FormData', false, new FormData()],
    ['URLSearchParams', false, new URLSearchParams()],
    ['a Blob', false, new Blob([])],
    ['null', false, null],
    ['nothing', false, undefined],
  ])('G18: %s: %s', (_, isOne, data) => {
    expect(isOneShot(data)).toBe(isOne);
  });

  it('G18: a form of form-data tells its bytes, unless it holds a stream', () => {
    const holdsStream = { ...form, getBuffer: adapter };
    expect(bufferForm(form)?.data).toEqual(new Uint8Array([1, 2]));
    const { pipe, ...noStream } = form;
    const others = [noStream, { ...form, getBuffer: 5 }, { ...form, getHeaders: 5 }, { pipe }];
    for (const data of [holdsStream, ...others, 'a', null]) {
      expect(bufferForm(data)).toBeUndefined();
    }
  });
});
