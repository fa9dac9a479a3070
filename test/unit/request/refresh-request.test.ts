import { AxiosHeaders } from 'axios';
import { isRefreshByBody } from '../../../src/request/refresh-request';
import type { Renewal } from '../../../src/session/renewal';

const TOKEN = "r/e+f=r e~s'h";

const renewing = (given: object = {}): Renewal =>
  ({ isWaited: true, scope: { isExact: false }, refreshToken: TOKEN, ...given }) as never;
const isRefresh = (data: unknown, renewal: Renewal | undefined = renewing(), method = 'post') =>
  isRefreshByBody({ headers: new AxiosHeaders(), method, data }, renewal);

const BODY = JSON.stringify({ refreshToken: TOKEN });

function form(value: string): FormData {
  const data = new FormData();
  data.append('refresh_token', value);
  return data;
}

describe('a request that carries the refresh token which is being used', () => {
  it.each<[string, unknown]>([
    ['JSON', BODY],
    ['a plain object', { refreshToken: TOKEN }],
    ['an object in objects', { a: { b: [TOKEN] } }],
    ['URLSearchParams', new URLSearchParams({ refresh_token: TOKEN })],
    ['a form-encoded text', new URLSearchParams({ refresh_token: TOKEN }).toString()],
    ['a percent-encoded text', `refresh_token=${encodeURIComponent(TOKEN)}`],
    ['FormData', form(TOKEN)],
  ])('G8: is the refresh itself, in %s', (_, data) => {
    expect(isRefresh(data)).toBe(true);
  });

  it('G8: is the refresh itself where a space of the token is all that had to be encoded', () => {
    const renewal = renewing({ refreshToken: 'r e' });
    expect(isRefresh('grant_type=refresh_token&refresh_token=r+e', renewal)).toBe(true);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['another token', { refreshToken: 'another' }],
    ['a form with another', form('another')],
    ['bytes', new TextEncoder().encode(BODY)],
    ['percent signs that encode nothing', '100 % of it'],
    ['more levels than a refresh has', { a: { b: { c: { d: { e: TOKEN } } } } }],
    ['a key', { [TOKEN]: 1 }],
    ['a form that cannot be iterated', { entries: () => undefined, a: TOKEN }],
  ])('G8: is not, with %s', (_, data) => {
    expect(isRefresh(data)).toBe(false);
  });

  it('G8: is not while nobody waits, where the call can be followed, or without a refresh token', () => {
    for (const given of [
      { isWaited: false },
      { scope: { isExact: true } },
      { refreshToken: undefined },
      { refreshToken: '' },
    ]) {
      expect(isRefresh(`${BODY} undefined`, renewing(given))).toBe(false);
    }
  });

  it.each(['get', 'GET', 'head'])('G8: is not as a %s', (method) => {
    expect(isRefresh(BODY, renewing(), method)).toBe(false);
  });

  it.each(['forget', 'headers'])('G8: is as a %s, which is no GET', (method) => {
    expect(isRefresh(BODY, renewing(), method)).toBe(true);
  });

  it('G8: is not without a method, which means GET', () => {
    expect(isRefreshByBody({ headers: new AxiosHeaders(), data: BODY }, renewing())).toBe(false);
  });

  it('G40: is looked for in 64 KiB of a text, and in a hundred values', () => {
    expect(isRefresh('x'.repeat(65_536) + TOKEN)).toBe(false);
    const many = Object.fromEntries(
      Array.from({ length: 101 }, (_, at) => [`k${at}`, TOKEN.slice(1)]),
    );
    expect(isRefresh({ ...many, k101: TOKEN })).toBe(false);
    expect(isRefresh(new URLSearchParams({ ...many, k101: TOKEN }))).toBe(false);
  });
});
