/** @jest-environment ./test/transparency/page-environment.ts */
import * as all from '../dimensions';
import { calm, some } from '../dimensions';
import { seed } from '../cells';
import { expectSame } from '../expect-same';
import { matrix } from '../matrix';
import { closedPort, startMirror, type Mirror } from '../mirror';
import { situation } from '../situations/situation';
import { cleanUp } from '../../support/clean-up';

declare const movePage: (url: string) => void;

let mirror: Mirror;
let closed = 0;

beforeAll(async () => {
  mirror = await startMirror();
  closed = await closedPort();
  movePage(`${mirror.url}/page`);
});
afterEach(cleanUp);
afterAll(() => mirror.close());

const cells = matrix(
  [
    all.adapter('xhr'),
    some(
      all.data,
      'none',
      'an object',
      'a string',
      'URLSearchParams',
      'FormData',
      'a Blob',
      'an ArrayBuffer',
    ),
    some(all.answer, 'json', 'empty', 'missing', 'denied', 'broken', 'a timeout'),
    some(all.other, 'nothing', 'auth', 'progress', 'loud JSON', 'keys of its own'),
    some(all.method, 'get', 'head', 'post', 'patchForm', 'delete'),
    all.responseType('json', 'text', 'arraybuffer', 'blob'),
    all.validateStatus,
    calm(all.interceptors),
    some(all.cancellation, 'none', 'a signal before', 'a signal during', 'a token during'),
    all.headers,
    some(all.calling, 'a verb', 'request()', 'the instance, URL first'),
  ],
  seed,
);

const XHR = { over: ['xhr'] };

describe(`G17: attached calls are the same in a page, over xhr, seed ${seed}`, () => {
  test.each(cells)('$name', async (cell) => {
    await expectSame(cell, { mirror, closed });
  });

  test.each([
    ...situation(
      'the cookie against forgery',
      (api) => {
        document.cookie = 'XSRF-TOKEN=from-the-cookie';
        return api.post('/json', { a: 1 }, { withCredentials: true });
      },
      XHR,
    ),
    ...situation(
      'the cookie under other names',
      (api) => {
        document.cookie = 'MINE=other';
        return api.get('/json', { xsrfCookieName: 'MINE', xsrfHeaderName: 'X-Mine' });
      },
      XHR,
    ),
    ...situation('withXSRFToken: false', (api) => api.get('/json', { withXSRFToken: false }), XHR),
    ...situation(
      'a path of the page',
      (api, { key }) => api.get(`/${key}/json`, { baseURL: '' }),
      XHR,
    ),
    ...situation(
      'a form of the page',
      (api) => {
        document.body.innerHTML = '<form><input name="a" value="ü"></form>';
        return api.postForm('/json', document.querySelector('form'));
      },
      XHR,
    ),
  ])('$name', async (given) => {
    await expectSame(given, { mirror, closed });
  });
});
