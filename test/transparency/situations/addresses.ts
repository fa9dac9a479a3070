import axios from 'axios';
import type { Scenario } from '../run';
import { getting, situation } from './situation';

/** Where a request goes: URLs, methods, params. */
export const ADDRESSES: Scenario[] = [
  ...situation('no URL at all', (api) => api.get('')),
  ...situation('a call without anything', (api) => (api as unknown as () => unknown)()),
  ...situation('request() without anything', (api) => (api.request as () => unknown)()),
  ...situation('a URL of null', (api) => api.get(null as never)),
  ...situation('a URL object', (api, { url }) => api.get(new URL(`${url}/json?a=1`) as never), {
    traits: ['url-object'],
  }),
  ...situation('a protocol-relative URL', (api, { url }) => api.get(`${url.slice(5)}/json`)),
  ...situation('a scheme in capitals', (api, { url }) => api.get(url.replace('http', 'HTTP'))),
  ...situation('user info in the URL', (api, { url }) =>
    api.get(`${url.replace('//', '//us%40er:p%3Aw@')}/json`),
  ),
  ...situation('spaces, umlauts and escapes', (api) => api.get('/json/a b/ü/%2F/%e4?x=[1]&y=%zz')),
  ...situation('dots and empty segments', (api) => api.get('/json/../json//./a')),
  ...situation('a malformed URL', (api) => api.get('http://')),
  ...situation('a URL with one slash', (api, { url }) => api.get(url.replace('//', '/'))),
  ...situation('a scheme that is not supported', (api) => api.get('ftp://127.0.0.1/x')),
  ...situation('another origin', (api, { surroundings, key }) =>
    api.post(`${surroundings.mirror.foreignUrl}/${key}/json`, { a: 1 }),
  ),
  ...getting('baseURL with a query', '', ({ url }) => ({ baseURL: `${url}/json?a=1` })),
  ...getting('an empty baseURL', '/json', () => ({ baseURL: '' })),
  ...getting('a relative baseURL', '/json', () => ({ baseURL: '/api' })),
  ...getting('params and a query', '/json?a=1#x', () => ({ params: { b: 'ü&', 'c[]': [1, 2] } })),
  ...getting('params that are empty', '/json', () => ({ params: {} })),
  ...getting('params of null', '/json', () => ({ params: null })),
  ...getting('params with dates and objects', '/json', () => ({
    params: { at: new Date(0), filter: { a: [{ b: 1 }] }, none: undefined, nan: NaN, length: 5 },
  })),
  ...getting('params that cannot be encoded', '/json', () => ({ params: { bad: '\uD800' } })),
  ...getting('a function as paramsSerializer', '/json', () => ({
    params: { a: 1 },
    paramsSerializer: (() => 'by=function') as never,
  })),
  ...getting('a paramsSerializer of the wrong kind', '/json', () => ({
    paramsSerializer: { encode: 5 } as never,
  })),
  ...getting('a serializer that throws', '/json', () => ({
    params: { a: 1 },
    paramsSerializer: {
      serialize: () => {
        throw new Error('no params');
      },
    },
  })),
  ...situation('params of the instance', (api) => api.get('/json', { params: { b: 2 } }), {
    defaults: () => ({ params: { a: 1, b: 1 }, paramsSerializer: { indexes: null } }),
  }),
  ...getting('a method in capitals', '/json', () => ({ method: 'POST' })),
  ...situation('a method of WebDAV', (api) => api.request({ url: '/json', method: 'PROPFIND' })),
  ...situation('a method that is none', (api) => api.request({ url: '/json', method: 'a b' })),
  ...situation('a method of the defaults', (api) => api.request({ url: '/json' }), {
    defaults: () => ({ method: 'put' }),
  }),
  ...situation('DELETE with a body', (api) => api.delete('/json', { data: { a: 1 } })),
  ...situation('GET with a body', (api) => api.get('/json', { data: { a: 1 } })),
  ...situation('getUri', (api) => [
    api.getUri(),
    api.getUri({ url: '/a b', params: { c: [1], d: 'ü' } }),
    api.getUri({ baseURL: 'https://x.test/', url: 'y', params: { z: 1 } }),
  ]),
  ...situation('what an instance shows', (api) => ({
    keys: Object.keys(api),
    defaults: api.defaults,
    handlers: Object.keys(api.interceptors),
    merged: axios.mergeConfig(
      api.defaults as object,
      { headers: { a: 'b' }, own: { c: 1 } } as never,
    ),
    created: api.create({ timeout: 5 }).defaults,
    text: String(api),
  })),
];
