import { Readable } from 'node:stream';
import axios from 'axios';
import type { Scenario } from '../run';
import { posting, situation } from './situation';

const URL_ENCODED = { headers: { 'Content-Type': 'application/x-www-form-urlencoded' } };
const MULTIPART = { headers: { 'Content-Type': 'multipart/form-data' } };
const NESTED = { a: 1, list: ['x', { y: null }], 'tags[]': [1, 2], 'json{}': { deep: [1] } };

function circular(): object {
  const value: Record<string, unknown> = {};
  value.itself = value;
  return value;
}

async function* failing(): AsyncGenerator<Buffer> {
  yield await Promise.resolve(Buffer.from('the beginning'));
  throw new Error('the stream breaks');
}

/** What a request carries. */
export const BODIES: Scenario[] = [
  ...posting('an empty string', () => ''),
  ...posting('false', () => false),
  ...posting('zero', () => 0),
  ...posting('false as JSON', () => false, { headers: { 'Content-Type': 'application/json' } }),
  ...posting('a string as JSON', () => 'text', { headers: { 'Content-Type': 'application/json' } }),
  ...posting('a BigInt in an object', () => ({ big: 1n })),
  ...posting('a date', () => new Date(0)),
  ...posting('an object with toJSON', () => ({ toJSON: () => ({ from: 'toJSON' }) })),
  ...posting('a circular object', circular),
  ...posting('a circular object as a form', circular, MULTIPART),
  ...posting('a list', () => [1, 'two', null, undefined]),
  ...posting('an object as a URL-encoded form', () => NESTED, URL_ENCODED),
  ...posting('the same with dots', () => NESTED, {
    ...URL_ENCODED,
    formSerializer: { dots: true, metaTokens: false },
  }),
  ...posting('an object as a form', () => NESTED, MULTIPART),
  ...[true, false, null].flatMap((indexes) =>
    posting(`with indexes: ${String(indexes)}`, () => ({ list: [1, [2]], deep: { a: ['x'] } }), {
      ...MULTIPART,
      formSerializer: { indexes },
    }),
  ),
  ...posting('a visitor of the form', () => ({ a: 1, b: 2 }), {
    ...MULTIPART,
    formSerializer: {
      visitor(this: { defaultVisitor: (...given: unknown[]) => boolean }, ...given: unknown[]) {
        return given[1] === 'b' ? false : this.defaultVisitor(...given);
      },
    } as never,
  }),
  ...posting('what toFormData makes', () => axios.toFormData(NESTED, new FormData())),
  ...posting('FormData as JSON', () => axios.toFormData({ a: { b: [1] } }, new FormData()), {
    headers: { 'Content-Type': 'application/json' },
  }),
  ...posting('an empty FormData', () => new FormData()),
  ...posting(
    'FormData with a boundary of its own',
    () => axios.toFormData({ a: 1 }, new FormData()),
    {
      headers: { 'Content-Type': 'multipart/form-data; boundary=MyOwnBoundary' },
    },
  ),
  ...posting('a file', () => new File(['content'], 'ü "x".txt', { type: 'text/x-test' })),
  ...posting('an empty Blob', () => new Blob([])),
  ...posting('a DataView', () => new DataView(Uint8Array.from([1, 2, 3, 4]).buffer, 1, 2)),
  ...posting('a Uint16Array', () => Uint16Array.from([1, 256])),
  ...posting('a part of a Buffer', () => Buffer.from('0123456789').subarray(2, 5)),
  ...posting('a Set', () => new Set([1])),
  ...posting('a function', () => () => 1),
  ...posting('a symbol in an object', () => ({ [Symbol('x')]: 1, y: Symbol('z') })),
  ...posting('a text of 300 kB', () => 'ü'.repeat(150_000)),
  ...posting('a body of the length that is allowed', () => '12345', { maxBodyLength: 5 }),
  ...posting('a body that is one byte longer', () => '123456', { maxBodyLength: 5 }),
  ...posting(
    'a stream that is too long',
    () => Readable.from([Buffer.alloc(50)]),
    { maxBodyLength: 5 },
    {
      traits: ['one-shot', 'broken-off', 'given-up'],
      over: ['http'],
    },
  ),
  ...posting(
    'a stream that breaks',
    () => Readable.from(failing()),
    {},
    {
      traits: ['one-shot', 'broken-off', 'given-up'],
      over: ['http'],
    },
  ),
  ...posting(
    'a stream with its length',
    () => Readable.from([Buffer.from('four')]),
    {
      headers: { 'Content-Length': 4 },
    },
    { traits: ['one-shot'], over: ['http'] },
  ),
  ...posting('a length of its own', () => 'text', { headers: { 'Content-Length': '4' } }),
  ...posting('without a type', () => ({ a: 1 }), {
    headers: { 'Content-Type': undefined } as never,
  }),
  ...posting('with a type of null', () => 'text', { headers: { 'Content-Type': null } }),
  ...posting('with a type of false', () => ({ a: 1 }), { headers: { 'Content-Type': false } }),
  ...posting('with a type in small letters', () => ({ a: 1 }), {
    headers: { 'content-type': 'application/vnd.x+json' },
  }),
  ...posting(
    'with the types of the defaults',
    () => ({ a: 1 }),
    {},
    {
      before(api) {
        api.defaults.headers.common['Content-Type'] = 'application/vnd.common+json';
        api.defaults.headers.post['Content-Type'] = 'application/vnd.post+json';
      },
    },
  ),
  ...situation('postForm with a file and lists', (api) =>
    api.postForm('/json', { file: new Blob(['x']), list: [1, 2], deep: { a: { b: 'c' } } }),
  ),
  ...situation('patchForm with a FormData', (api) =>
    api.patchForm('/json', axios.toFormData({ a: 1 }, new FormData())),
  ),
  ...situation('a body that is changed in the turn after the call', async (api) => {
    const body = { list: [1] };
    const answer = api.post('/json', body);
    body.list.push(2);
    return answer;
  }),
];
