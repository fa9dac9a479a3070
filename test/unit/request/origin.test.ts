import { memoryStore } from '../../../src/index';
import { resolveOptions } from '../../../src/resolve-options';
import { createOriginRule, type Target } from '../../../src/request/origin';

const BASE = 'https://api.example.com/v1';
const options = resolveOptions({ refresh: () => null }, memoryStore);
const judge = (target: Target, base: string | undefined = BASE): string =>
  createOriginRule(options, () => base).judge(target);

describe('the destination of a request', () => {
  it.each<[Target, string]>([
    [{ baseURL: BASE }, 'allowed'],
    [{ url: '', baseURL: BASE }, 'allowed'],
    [{ url: '/a', baseURL: BASE }, 'allowed'],
    [{ url: 'a@evil.example', baseURL: BASE }, 'allowed'],
    [{ url: `${BASE}/a`, baseURL: BASE }, 'allowed'],
    [{ url: 'https://evil.example/', baseURL: BASE }, 'foreign'],
    [{ url: '//evil.example/', baseURL: BASE }, 'foreign'],
    [{ url: '//evil.example/', baseURL: BASE, allowAbsoluteUrls: false }, 'allowed'],
    [{ url: 'https://evil.example/', allowAbsoluteUrls: false }, 'foreign'],
    [{ url: 'https://api.example.com@evil.example/' }, 'foreign'],
    [{ url: 'https://api.example.com:444/' }, 'foreign'],
    [{ url: 'http://api.example.com/' }, 'foreign'],
    [{ url: 'https://' }, 'foreign'],
    [{ url: 'https://[broken' }, 'foreign'],
    // A path of the page, which cannot lead anywhere else.
    [{ url: '/v1', baseURL: '/' }, 'allowed'],
    [{ url: 5 as never, baseURL: BASE }, 'foreign'],
    [{}, 'allowed'],
  ])('G3: %j is judged as %s', (target, destination) => {
    let judged = 'foreign';
    try {
      judged = judge(target);
    } catch {
      // What the rule cannot read, it does not allow.
    }
    expect(judged).toBe(destination);
  });

  it('G3: an absolute URL is unknown where nothing says which origin is meant', () => {
    const rule = createOriginRule(options, () => undefined);
    expect(rule.judge({ url: 'https://api.example.com/' })).toBe('unknown');
    expect(rule.allows('https://api.example.com/')).toBe(false);
  });

  it('G3: a baseURL that is changed later counts at once', () => {
    let base = BASE;
    const rule = createOriginRule(options, () => base);
    expect(rule.judge({ url: '/a', baseURL: BASE })).toBe('allowed');
    base = 'https://other.example';
    expect(rule.judge({ url: '/a', baseURL: BASE })).toBe('foreign');
  });
});
