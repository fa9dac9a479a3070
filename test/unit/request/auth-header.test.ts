import axios, { AxiosHeaders } from 'axios';
import type { InternalAxiosRequestConfig } from 'axios';
import { AuthHeader } from '../../../src/request/auth-header';
import { Secrets } from '../../../src/session/secrets';

const secrets = new Secrets();
for (const accessToken of ['access-1', 'access-2']) secrets.remember({ accessToken });

const header = (name = 'Authorization', scheme = 'Bearer'): AuthHeader =>
  new AuthHeader(name, scheme, secrets);

type Fields = Record<string, unknown>;
const configOf = (headers: Fields, given: object = {}): InternalAxiosRequestConfig => ({
  headers: new AxiosHeaders(headers as never),
  ...given,
});
const NO_DEFAULTS = {};

describe('a header of the application', () => {
  it.each<[string, boolean, Fields]>([
    ['none', false, {}],
    ['another header', false, { 'X-Auth': 'own' }],
    ['another header, as long as ours', false, { 'X-Auth-Custom': 'own' }],
    ['its own', true, { Authorization: 'Basic abc' }],
    ['its own, in another case', true, { aUTHORIZATION: 'Basic abc' }],
    ['an empty one', false, { Authorization: '' }],
    ['null', false, { Authorization: null }],
    ['false, as axios takes a header away', true, { Authorization: false }],
    ['the token of the session', false, { Authorization: 'Bearer access-2' }],
    ['an earlier token', false, { Authorization: 'Bearer access-1' }],
    ['the bare token', false, { authorization: 'access-1' }],
    ['a token that was never ours', true, { Authorization: 'Bearer access-3' }],
  ])('G2: with %s is its own: %s', (_, isOwn, headers) => {
    expect(header().isOfOthers(configOf(headers), NO_DEFAULTS)).toBe(isOwn);
  });

  it('G2: axios makes one of `auth`, which is Authorization and no other', () => {
    const config = configOf({}, { auth: { username: 'u', password: 'p' } });
    expect(header().isOfOthers(config, NO_DEFAULTS)).toBe(true);
    expect(header('X-Auth').isOfOthers(config, NO_DEFAULTS)).toBe(false);
  });

  it.each<[string, object]>([
    ['all', { headers: { common: { authorization: 'Basic abc' } } }],
    ['the method', { headers: { post: { Authorization: 'Basic abc' } } }],
    ['the instance', { headers: { Authorization: 'Basic abc' } }],
  ])('G2: one that only the defaults of %s bring is none of the request', (_, defaults) => {
    const config = configOf({ Authorization: 'Basic abc' }, { method: 'post' });
    expect(header().isOfOthers(config, defaults)).toBe(false);
    expect(header().isOfOthers(configOf({ Authorization: 'Basic xyz' }), defaults)).toBe(true);
  });

  it('G2: a request without a method has the defaults of GET', () => {
    const defaults = { headers: { get: { Authorization: 'Basic abc' } } };
    expect(header().isOfOthers(configOf({ Authorization: 'Basic abc' }), defaults)).toBe(false);
  });

  it('G33: defaults without headers do no harm', () => {
    for (const defaults of [{}, { headers: undefined }, { headers: { common: null } }]) {
      expect(header().isOfOthers(configOf({ Authorization: 'Basic abc' }), defaults)).toBe(true);
    }
  });
});

describe('the header of the session', () => {
  it.each([
    ['Authorization', 'Bearer', 'Bearer access-1'],
    ['X-Auth', '', 'access-1'],
    ['Authorization', 'DPoP', 'DPoP access-1'],
  ])('G1: %s with the scheme %j holds %j', (name, scheme, value) => {
    const config = configOf({});
    header(name, scheme).put(config, 'access-1');
    expect(config.headers.toJSON()).toEqual({ [name]: value });
  });

  it('G1: takes the place of one of another case, which it would stand beside', () => {
    const config = configOf({ aUTHORIZATION: '' });
    header().put(config, 'access-2');
    expect(Object.values(config.headers.toJSON())).toEqual(['Bearer access-2']);
  });

  it('G2: is known again, with or without its scheme, before it was ever put anywhere', () => {
    const ours = header();
    expect(['Bearer access-1', 'access-2', 'Token access-2'].every((v) => ours.isOurs(v))).toBe(
      true,
    );
    for (const value of ['Bearer access-3', 'access-1 x', undefined, 5, ['access-1']]) {
      expect(ours.isOurs(value)).toBe(false);
    }
  });

  it.each(['', 'Bearer', 'bearer null', 'Bearer undefined', 'null'])(
    'G2: is one without a token, whoever put it there: "%s"',
    (value) => {
      expect(header().isOurs(value)).toBe(true);
    },
  );

  it('G3: is taken out, in whatever case, and the headers of others stay', () => {
    const fields = { authorization: 'Bearer access-1', AUTHORIZATION: 'Basic abc', Accept: '*/*' };
    header().removeOurs(fields);
    expect(fields).toEqual({ AUTHORIZATION: 'Basic abc', Accept: '*/*' });
    header().removeAny(fields);
    expect(fields).toEqual({ Accept: '*/*' });
  });

  it('G3: is known as the one that axios and fetch take away at a redirect, or not', () => {
    expect(header('AUTHORIZATION').isStandard).toBe(true);
    expect(header('X-Auth').isStandard).toBe(false);
  });

  it('G1: goes where axios sends it from', async () => {
    const api = axios.create({
      adapter: (config) =>
        Promise.resolve({
          data: config.headers.toJSON(),
          status: 200,
          statusText: '',
          headers: {},
          config,
        }),
    });
    api.interceptors.request.use((config) => {
      header().put(config, 'access-1');
      return config;
    });
    expect((await api.get<Fields>('/')).data).toMatchObject({ Authorization: 'Bearer access-1' });
  });
});
