import { parseChallenges } from '../../../src/index';

const plain = (header: string | string[] | null | undefined): unknown =>
  parseChallenges(header).map((challenge) => ({ ...challenge, params: { ...challenge.params } }));

describe('WWW-Authenticate (RFC 9110 §11.6.1)', () => {
  it.each([
    ['no header', undefined],
    ['null', null],
    ['an empty header', ''],
    ['an empty list', []],
    ['separators alone', ' , ,\t, '],
  ])('G33: %s holds no challenge', (_, header) => {
    expect(parseChallenges(header)).toEqual([]);
  });

  it('G33: one challenge with quoted and plain parameters is read', () => {
    expect(plain('Bearer realm="api", error=invalid_token')).toEqual([
      { scheme: 'Bearer', params: { realm: 'api', error: 'invalid_token' } },
    ]);
  });

  it('G33: a scheme alone is a challenge', () => {
    expect(plain('Bearer')).toEqual([{ scheme: 'Bearer', params: {} }]);
  });

  it('G33: several challenges in one header are told apart', () => {
    expect(plain('Basic realm="a", charset="UTF-8", Bearer error="x", Digest, Foo a=b')).toEqual([
      { scheme: 'Basic', params: { realm: 'a', charset: 'UTF-8' } },
      { scheme: 'Bearer', params: { error: 'x' } },
      { scheme: 'Digest', params: {} },
      { scheme: 'Foo', params: { a: 'b' } },
    ]);
  });

  it('G33: several headers are read in order', () => {
    expect(plain(['Basic realm="a"', 'Bearer error="x"'])).toEqual([
      { scheme: 'Basic', params: { realm: 'a' } },
      { scheme: 'Bearer', params: { error: 'x' } },
    ]);
  });

  it('G33: several headers are told apart where nothing is quoted', () => {
    expect(plain(['Basic realm=a', 'Negotiate YII+/a==', 'Negotiate YII+/b=='])).toEqual([
      { scheme: 'Basic', params: { realm: 'a' } },
      { scheme: 'Negotiate', params: {}, token68: 'YII+/a==' },
      { scheme: 'Negotiate', params: {}, token68: 'YII+/b==' },
    ]);
  });

  it('G33: a comma, an equals sign and a scheme inside of a realm belong to the realm', () => {
    expect(plain('Bearer realm="a, Basic realm=b", error="x"')).toEqual([
      { scheme: 'Bearer', params: { realm: 'a, Basic realm=b', error: 'x' } },
    ]);
  });

  it('G33: quoted pairs are unquoted', () => {
    expect(plain(String.raw`Bearer realm="say \"hi\" \\ \a"`)).toEqual([
      { scheme: 'Bearer', params: { realm: String.raw`say "hi" \ a` } },
    ]);
  });

  it('G33: an empty quoted string is a value', () => {
    expect(plain('Bearer realm=""')).toEqual([{ scheme: 'Bearer', params: { realm: '' } }]);
  });

  it('G33: a token68 is kept as it is, and what follows is another challenge', () => {
    expect(plain('Negotiate YII+/a==, Bearer error="x"')).toEqual([
      { scheme: 'Negotiate', params: {}, token68: 'YII+/a==' },
      { scheme: 'Bearer', params: { error: 'x' } },
    ]);
  });

  it('G33: names of parameters are in lower case, schemes as they came', () => {
    expect(plain('bEARER Realm="A", ERROR="x"')).toEqual([
      { scheme: 'bEARER', params: { realm: 'A', error: 'x' } },
    ]);
  });

  it('G33: white space around the equals sign and empty list elements are allowed', () => {
    expect(plain(',, Bearer realm = "a" ,, error\t=\tx ,')).toEqual([
      { scheme: 'Bearer', params: { realm: 'a', error: 'x' } },
    ]);
  });

  it('G33: the first of two parameters of one name counts', () => {
    expect(plain('Bearer error="first", error="second"')).toEqual([
      { scheme: 'Bearer', params: { error: 'first' } },
    ]);
  });

  it('G33: a parameter before any scheme is passed over', () => {
    expect(plain('realm="a", Bearer error="x"')).toEqual([
      { scheme: 'Bearer', params: { error: 'x' } },
    ]);
  });

  it('G33: what cannot be read is passed over up to the next comma', () => {
    expect(plain('"???", Bearer error="x"')).toEqual([
      { scheme: 'Bearer', params: { error: 'x' } },
    ]);
  });

  it('G33: nothing is read of what is passed over', () => {
    expect(plain('"??? Digest , Bearer error="x"')).toEqual([
      { scheme: 'Bearer', params: { error: 'x' } },
    ]);
  });

  it('G33: a parameter named like a member of every object is a parameter', () => {
    const [challenge] = parseChallenges('Bearer __proto__="a", constructor="b"');
    expect(Object.entries(challenge?.params ?? {})).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
    expect(challenge?.params.tostring).toBeUndefined();
  });

  it.each([
    ['an open quote', 'Bearer realm="never closed'],
    ['control characters', 'Bearer \u0000\u0001, \u007f'],
    ['letters beyond ASCII', 'Bärer réalm=é'],
    ['quotes in a row', '""""""""'],
    ['a backslash at the end', 'Bearer realm="\\'],
  ])('G33: garbage ends the reading and never throws: %s', (_, header) => {
    expect(() => parseChallenges(header)).not.toThrow();
  });

  it('G33: a long hostile header is read in linear time', () => {
    for (const part of ['a="', 'a ', ' ,', '"\\', 'a=', '=']) {
      expect(() => parseChallenges('Bearer ' + part.repeat(20_000))).not.toThrow();
    }
  });
});
