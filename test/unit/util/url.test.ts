import { isLoopback, parseUrl } from '../../../src/util/url';

const SPELLINGS = [
  'https://a.example/x',
  'HTTPS://A.EXAMPLE:443',
  'http://a.example:80?x',
  'http://a.example:8080#x',
  'http://127.0.0.1:3000/',
  'http://[::1]:3000/',
];

it.each(SPELLINGS)('reads %s as the platform does', (url) => {
  const { protocol, hostname, origin } = new URL(url);
  expect(parseUrl(url)).toEqual({ protocol, hostname, origin });
});

it('leaves a URL the origin that the platform gives it', () => {
  expect(parseUrl('blob:https://a.example/1')).toMatchObject({ origin: 'https://a.example' });
});

it('gives a custom scheme the origin that the platform does not', () => {
  expect(parseUrl('capacitor://app/x')).toMatchObject({ origin: 'capacitor://app' });
});

it.each(['', '/path', 'https://', 'https://[broken', 'a b'])('%j is no URL', (url) => {
  expect(parseUrl(url)).toBeNull();
});

it('reads a URL relative to another', () => {
  expect(parseUrl('//b.example/x', 'https://a.example')).toMatchObject({
    origin: 'https://b.example',
  });
});

describe('G39: a URL without getters, as on React Native', () => {
  const PlatformUrl = globalThis.URL;
  afterEach(() => {
    globalThis.URL = PlatformUrl;
  });

  /** Before 0.80: knows the text, throws where it is asked for a part. */
  function withoutGetters(): void {
    globalThis.URL = class {
      readonly href: string;
      constructor(url: string, base?: string) {
        this.href = base === undefined ? url : base + url;
      }
      get protocol(): string {
        throw new Error('not implemented');
      }
    } as never;
  }

  it('reads a path, which the platform joins to its base', () => {
    withoutGetters();
    const read = { protocol: 'https:', hostname: 'a.example', origin: 'https://a.example' };
    for (const path of ['/x', 'x', '/x:y', '/x//y', '5:x', 'x/y:z', '']) {
      expect(parseUrl(path, 'https://a.example/')).toEqual(read);
    }
  });

  it.each([
    'https://b.example/',
    'S3+x.y-z:b',
    'b:',
    '//b.example',
    '\\\\b.example',
    '/\\b.example',
  ])('G3: takes what the platform would join wrongly for no URL: %j', (url) => {
    withoutGetters();
    expect(parseUrl(url, 'https://a.example/')).toBeNull();
  });

  it.each(['protocol', 'hostname', 'origin'])('reads the text where there is no %s', (missing) => {
    globalThis.URL = class {
      readonly href = 'https://a.example/';
      readonly parts = { protocol: 'p:', hostname: 'h', host: 'h', origin: 'o' };
      constructor() {
        Object.assign(this, { ...this.parts, [missing]: undefined });
      }
    } as never;
    expect(parseUrl('https://a.example/')).toMatchObject({ origin: 'https://a.example' });
  });

  it.each(SPELLINGS)('reads %s all the same', (url) => {
    const { protocol, hostname, origin } = new PlatformUrl(url);
    withoutGetters();
    expect(parseUrl(url)).toEqual({ protocol, hostname, origin });
  });

  it.each([
    'https://user@a.example/',
    'https://a.example\\@b.example/',
    'https://a.ex%61mple/',
    ' https://a.example/',
    'https://a.example\t.b/',
    'ftp://a.example/',
  ])('G3: takes what is not plain for no URL: %j', (url) => {
    withoutGetters();
    expect(parseUrl(url)).toBeNull();
  });
});

it('knows what is this machine', () => {
  const own = [
    'localhost',
    'a.localhost',
    'api.b.localhost',
    '127.0.0.1',
    '127.255.10.19',
    '[::1]',
  ];
  const other = ['localhost.example', 'xlocalhost', '128.0.0.1', '127.0.0.1.example', '[::2]', ''];
  expect(own.every(isLoopback)).toBe(true);
  expect(other.some(isLoopback)).toBe(false);
});
