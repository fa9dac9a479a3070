import { answering, authorizations } from '../support/http-server';
import { attached, cleanUp, recorder } from '../support/session';

afterEach(cleanUp);

/** Which of the URLs get the token. */
async function chosen(
  allowedOrigins: (string | RegExp)[],
  urls: string[],
  baseURL?: string,
): Promise<string[]> {
  const { adapter, sent } = recorder();
  const { api } = attached({
    axios: { adapter, ...(baseURL && { baseURL }) },
    options: { allowedOrigins },
  });
  for (const url of urls) await api.get(url);
  return urls.filter((_url, index) => 'authorization' in (sent[index] ?? {}));
}

describe('G3: allowedOrigins', () => {
  test('allowedOrigins adds origins over real HTTP, and others stay out', async () => {
    const [first, second, third] = [await answering(), await answering(), await answering()];
    const { api } = attached({
      axios: { baseURL: first.url },
      options: { allowedOrigins: [first.url, second.url] },
    });
    await api.get('/');
    await api.get(second.url);
    await api.get(third.url);
    expect([first, second, third].map(authorizations)).toEqual([
      ['Bearer access-1'],
      ['Bearer access-1'],
      [undefined],
    ]);
  });

  test('a string is compared as an origin, not as the beginning of a URL', async () => {
    const urls = [
      'https://api.example.com/x',
      'https://api.example.com:443/x',
      'https://API.EXAMPLE.COM/x',
      'https://api.example.com.other.example/x',
      'https://api.example.com@other.example/x',
      'https://api.example.com:444/x',
      'http://api.example.com/x',
      'https://other.example/https://api.example.com',
    ];
    expect(await chosen(['https://api.example.com'], urls)).toEqual(urls.slice(0, 3));
  });

  test.each(['https://api.example.com/', 'HTTPS://Api.Example.com', 'https://api.example.com:443'])(
    'the string may be written as %j',
    async (allowed) => {
      const urls = ['https://api.example.com/x', 'https://other.example/x'];
      expect(await chosen([allowed], urls)).toEqual(urls.slice(0, 1));
    },
  );

  test('a RegExp is tested against the origin alone', async () => {
    const urls = [
      'https://a.example.com/x',
      'https://b.example.com:8443/x',
      'https://other.example/.example.com',
      'https://other.example/?https://a.example.com',
      'https://a.example.com@other.example/',
      'https://other.example#https://a.example.com',
    ];
    const allowed = /^https:\/\/[a-z]+\.example\.com(:\d+)?$/;
    expect(await chosen([allowed], urls)).toEqual(urls.slice(0, 2));
  });

  test.each(['g', 'y', 'gy', 'gi'])(
    'a RegExp with the flags %s gives the same result every time, and its lastIndex stays',
    async (flags) => {
      const allowed = new RegExp('^https://api\\.example\\.com$', flags);
      allowed.lastIndex = 5;
      const urls = Array<string>(4).fill('https://api.example.com/x');
      expect(await chosen([allowed], urls)).toEqual(urls);
      expect(allowed.lastIndex).toBe(5);
    },
  );

  test('a RegExp keeps its other flags', async () => {
    const urls = ['https://api.example.com/x'];
    expect(await chosen([/^HTTPS:\/\/API\.example\.com$/i], urls)).toEqual(urls);
    expect(await chosen([/^HTTPS:\/\/API\.example\.com$/], urls)).toEqual([]);
  });

  test('strings and RegExps may be mixed', async () => {
    const urls = ['https://one.example/', 'https://two.example/', 'https://three.example/'];
    const allowed = ['https://one.example', /^https:\/\/two\.example$/];
    expect(await chosen(allowed, urls)).toEqual(urls.slice(0, 2));
  });

  test('an empty list allows no origin, not even that of baseURL', async () => {
    expect(
      await chosen([], ['/x', 'https://api.example.com/y'], 'https://api.example.com'),
    ).toEqual([]);
  });

  test('a list without the origin of baseURL does not allow it', async () => {
    const urls = ['/x', 'https://two.example/y'];
    expect(await chosen(['https://two.example'], urls, 'https://one.example')).toEqual(
      urls.slice(1),
    );
  });

  test('with allowedOrigins, an absolute URL elsewhere needs no baseURL and is no error', async () => {
    const urls = ['https://one.example/', 'https://two.example/'];
    expect(await chosen(['https://one.example'], urls)).toEqual(urls.slice(0, 1));
  });

  test.each([
    'https://api.example.com/v1',
    'https://user@api.example.com',
    'api.example.com',
    '*',
    '//api.example.com',
    'https://',
  ])('%j is no origin, and refused at once with the name of the option', (allowed) => {
    const attaching = () => attached({ options: { allowedOrigins: [allowed] } });
    expect(attaching).toThrow(TypeError);
    expect(attaching).toThrow(/allowedOrigins/);
  });
});
