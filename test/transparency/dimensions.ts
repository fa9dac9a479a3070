import { Agent } from 'node:http';
import { Readable } from 'node:stream';
import axios, { AxiosHeaders } from 'axios';
import type {
  AxiosInstance,
  AxiosRequestConfig,
  AxiosResponse,
  InternalAxiosRequestConfig,
} from 'axios';
import PackageForm from 'form-data';
import { named, type Trait, type World } from './run';

/** A call that is being put together: each dimension adds its choice. */
export interface Draft {
  method: string;
  path: string;
  data: unknown;
  config: AxiosRequestConfig & Record<PropertyKey, unknown>;
  before: ((api: AxiosInstance) => void)[];
  after: ((api: AxiosInstance) => void)[];
  /** Runs right after the call. */
  meanwhile: () => void;
  call: (api: AxiosInstance, draft: Draft) => unknown;
}

export interface Choice {
  name: string;
  add(draft: Draft, world: World): void;
  traits?: Trait[];
}

export interface Dimension {
  name: string;
  choices: Choice[];
}

/** Without the choices that would hide what the others do. */
export const calm = ({ name, choices }: Dimension): Dimension => ({
  name,
  choices: choices.filter(({ traits = [] }) => !traits.includes('masks')),
});

/** Some of the choices, where a dimension is only there to be combined with others. */
export const some = ({ name, choices }: Dimension, ...names: string[]): Dimension => ({
  name,
  choices: choices.filter((one) => names.includes(one.name)),
});

const choice = (name: string, add: Choice['add'], ...traits: Trait[]): Choice => ({
  name,
  add,
  traits,
});

const nothing = (name: string): Choice => choice(name, () => undefined);

const config = (name: string, of: (world: World) => object, ...traits: Trait[]): Choice =>
  choice(
    name,
    ({ config: target }, world) => {
      const given = of(world);
      for (const key of Reflect.ownKeys(given)) target[key] = (given as typeof target)[key];
    },
    ...traits,
  );

const TEXT = 'a=1&b=ü\0\n';
const bytes = (): Uint8Array<ArrayBuffer> => new TextEncoder().encode(TEXT);

function form(): FormData {
  const data = new FormData();
  data.append('name', 'Ädä');
  data.append('file', new File([bytes()], 'a "b".bin', { type: 'x/y' }));
  return data;
}

function packageForm(): PackageForm {
  const data = new PackageForm();
  data.append('name', 'Ädä');
  data.append('file', Buffer.from(TEXT), { filename: 'a.bin' });
  return data;
}

const body = (name: string, of: () => unknown, ...traits: Trait[]): Choice =>
  choice(name, (draft) => (draft.data = of()), ...traits);

const METHODS = [
  'get',
  'delete',
  'head',
  'options',
  'post',
  'put',
  'patch',
  'query',
  'postForm',
  'putForm',
  'patchForm',
];

export const method: Dimension = {
  name: 'method',
  choices: METHODS.map((name) => choice(name, (draft) => (draft.method = name))),
};

/** Bodies that every platform has. */
export const COMMON_BODIES: Choice[] = [
  body('none', () => undefined),
  body('null', () => null),
  body('an object', () => ({ text: 'ü', list: [1, [2]], deep: { at: new Date(0), no: null } })),
  body('a string', () => TEXT),
  body('a string of JSON', () => ' {"a": [1] } '),
  body('a number', () => 5),
  body('URLSearchParams', () => new URLSearchParams({ a: 'b c', ü: '&' })),
  body('FormData', form),
  body('a Blob', () => new Blob([bytes()], { type: 'image/x-test' })),
  body('an ArrayBuffer', () => bytes().buffer),
  body('a typed array', () => bytes().subarray(2, 6)),
];

export const data: Dimension = {
  name: 'body',
  choices: [
    ...COMMON_BODIES,
    body('a Buffer', () => Buffer.from(TEXT)),
    choice(
      'a form of form-data',
      (draft) => {
        draft.data = packageForm();
        draft.config.adapter = 'http';
      },
      'form',
    ),
    body('a Node stream', () => Readable.from([bytes()]), 'one-shot', 'masks'),
    body('a web stream', () => new Blob([bytes()]).stream(), 'one-shot', 'masks'),
  ],
};

export const responseType = (...types: string[]): Dimension => ({
  name: 'responseType',
  choices: [nothing('none'), ...types.map((type) => config(type, () => ({ responseType: type })))],
});

export const adapter = (...names: string[]): Dimension => ({
  name: 'adapter',
  // Without a FormData of the platform axios makes its forms by the package form-data in Node, which fetch
  // cannot send.
  choices: names.map((name) =>
    config(name, () => ({ adapter: name, ...(name === 'fetch' && { env: { FormData } }) })),
  ),
});

export const validateStatus: Dimension = {
  name: 'validateStatus',
  choices: [
    nothing('default'),
    config('undefined', () => ({ validateStatus: undefined })),
    config('null', () => ({ validateStatus: null })),
    config('all', (world) => ({ validateStatus: world.spy('validateStatus', () => true) })),
    config('none', (world) => ({ validateStatus: world.spy('validateStatus', () => false) })),
  ],
};

type Transform = (
  this: AxiosRequestConfig,
  data: unknown,
  headers: InstanceType<typeof AxiosHeaders>,
  status?: number,
) => unknown;

const noting = (world: World, who: string, then: Transform): Transform =>
  named(who, function (this: AxiosRequestConfig, given, headers, status) {
    world.note(who, { this: this, data: given, headers, status });
    return then.call(this, given, headers, status);
  } satisfies Transform);

const same: Transform = (given) => given;
const fails: Transform = () => {
  throw new RangeError('the transform fails');
};
const defaultsOf = (key: 'transformRequest' | 'transformResponse'): unknown[] => [
  ...([axios.defaults[key]].flat() as unknown[]),
];

export const transforms: Dimension = {
  name: 'transforms',
  choices: [
    nothing('default'),
    config('of the request', (world) => ({ transformRequest: noting(world, 'transform', same) })),
    config('of the request, a list', (world) => ({
      transformRequest: [
        noting(world, 'transform', function (given, headers) {
          headers.set('X-By-Transform', 'yes');
          return given;
        }),
        ...defaultsOf('transformRequest'),
        noting(world, 'transform', same),
      ],
    })),
    config(
      'of the request, that throws',
      (world) => ({ transformRequest: [noting(world, 'transform', fails)] }),
      'masks',
    ),
    config('of the response', (world) => ({
      transformResponse: noting(world, 'transform', (given) => ({ given: typeof given })),
    })),
    config('of the response, a list', (world) => ({
      transformResponse: [
        noting(world, 'transform', same),
        ...defaultsOf('transformResponse'),
        noting(world, 'transform', same),
      ],
    })),
    config('of the response, that throws', (world) => ({
      transformResponse: [noting(world, 'transform', fails)],
    })),
    config('none at all', () => ({ transformRequest: [], transformResponse: [] }), 'masks'),
    choice('of the defaults', (draft, world) => {
      draft.after.push((api) => {
        api.defaults.transformRequest = [
          noting(world, 'transform', same),
          ...(defaultsOf('transformRequest') as Transform[]),
        ] as never;
        api.defaults.transformResponse = [noting(world, 'transform', same)] as never;
      });
    }),
  ],
};

type Config = InternalAxiosRequestConfig;

/** Interceptors that note what they are given, and do something with it. */
function intercepting(
  api: AxiosInstance,
  world: World,
  name: string,
  steps: {
    request?: (config: Config) => Config | Promise<Config>;
    response?: (response: AxiosResponse) => AxiosResponse | Promise<AxiosResponse>;
    rejected?: (error: unknown) => unknown;
    options?: Parameters<AxiosInstance['interceptors']['request']['use']>[2];
  } = {},
): void {
  api.interceptors.request.use(
    (given) => {
      world.note(`request interceptor ${name}`, { config: given });
      return steps.request?.(given) ?? given;
    },
    (error: unknown) => {
      world.note(`request interceptor ${name}`, { error });
      throw error as Error;
    },
    steps.options,
  );
  api.interceptors.response.use(
    (response) => {
      world.note(`response interceptor ${name}`, { response });
      return steps.response?.(response) ?? response;
    },
    (error: unknown) => {
      world.note(`response interceptor ${name}`, { error });
      if (steps.rejected) return steps.rejected(error);
      throw error as Error;
    },
  );
}

const later = <V>(value: V): Promise<V> =>
  new Promise((resolve) => setImmediate(() => resolve(value)));

const both = (
  name: string,
  put: (api: AxiosInstance, world: World, moment: 'before' | 'after') => void,
): Choice =>
  choice(name, ({ before, after }, world) => {
    before.push((api) => put(api, world, 'before'));
    after.push((api) => put(api, world, 'after'));
  });

const refuse = (): never => {
  throw new TypeError('the interceptor refuses');
};

export const interceptors: Dimension = {
  name: 'interceptors',
  choices: [
    nothing('none'),
    both('in turn', (api, world, moment) => intercepting(api, world, moment)),
    both('asynchronous', (api, world, moment) =>
      intercepting(api, world, moment, { request: later, response: later }),
    ),
    both('synchronous', (api, world, moment) =>
      intercepting(api, world, moment, { options: { synchronous: true } }),
    ),
    both('with runWhen', (api, world, moment) =>
      intercepting(api, world, moment, {
        options: {
          runWhen: (given) => {
            world.note(`runWhen ${moment}`, { config: given });
            return moment === 'after';
          },
        },
      }),
    ),
    choice(
      'that reject before sending, put on before',
      ({ before }, world) => {
        before.push((api) => intercepting(api, world, 'before', { request: refuse }));
      },
      'masks',
    ),
    choice(
      'that reject before sending, put on after',
      ({ before, after }, world) => {
        before.push((api) => intercepting(api, world, 'before'));
        after.push((api) => intercepting(api, world, 'after', { request: refuse }));
      },
      'masks',
    ),
    both('that reject the answer', (api, world, moment) =>
      intercepting(api, world, moment, { response: refuse }),
    ),
    both('that turn an error into a value', (api, world, moment) =>
      intercepting(api, world, moment, {
        rejected: (error) => ({ recovered: (error as Error).message }),
      }),
    ),
    both('that copy what they get', (api, world, moment) =>
      intercepting(api, world, moment, {
        request: (given) => ({ ...given }),
        response: (response) => ({ ...response }),
      }),
    ),
    both('that change the request', (api, world, moment) =>
      intercepting(api, world, moment, {
        request(given) {
          given.headers.set(`X-${moment}`, 'added');
          given.params = { ...(given.params as object), [moment]: 1 };
          given.url = `${String(given.url)}/${moment}`;
          Object.assign(given, { [`own-${moment}`]: { kept: [moment] } });
          return given;
        },
      }),
    ),
    choice('taken off again', ({ before, after }, world) => {
      before.push((api) => intercepting(api, world, 'before'));
      after.push((api) => {
        const id = api.interceptors.request.use(refuse);
        api.interceptors.request.eject(id);
        intercepting(api, world, 'after');
      });
    }),
  ],
};

const path = (name: string): Choice => choice(name, (draft) => (draft.path = `/${name}`));
const pathWith = (
  name: string,
  to: string,
  of: (world: World) => object,
  ...traits: Trait[]
): Choice =>
  choice(
    name,
    (draft, world) => {
      draft.path = `/${to}`;
      Object.assign(draft.config, of(world));
    },
    ...traits,
  );

export const answer: Dimension = {
  name: 'answer',
  choices: [
    ...['json', 'text', 'empty', 'missing', 'denied', 'broken', 'malformed', 'gzip', 'moved'].map(
      (name) => path(name),
    ),
    path('kept'),
    pathWith('cut', 'cut', () => ({}), 'broken-off'),
    pathWith('reset', 'reset', () => ({}), 'broken-off'),
    pathWith('too many redirects', 'round', () => ({ maxRedirects: 2 })),
    pathWith('no redirect followed', 'moved', () => ({ maxRedirects: 0 })),
    pathWith('larger than maxContentLength', 'large', () => ({ maxContentLength: 200 })),
    pathWith(
      'nobody there',
      'json',
      ({ surroundings }) => ({ baseURL: `http://127.0.0.1:${surroundings.closed}` }),
      'masks',
    ),
    pathWith('a timeout', 'hang', () => ({ timeout: 50 }), 'given-up', 'masks'),
    pathWith(
      'a timeout that is clarified',
      'hang',
      () => ({
        timeout: 50,
        timeoutErrorMessage: 'too slow',
        transitional: { clarifyTimeoutError: true },
      }),
      'given-up',
      'masks',
    ),
  ],
};

const bySignal = (add: (abort: () => void, draft: Draft, world: World) => void) =>
  ((draft, world) => {
    const controller = new AbortController();
    draft.config.signal = controller.signal;
    add(() => controller.abort(), draft, world);
  }) satisfies Choice['add'];

const byToken = (add: (cancel: () => void, draft: Draft, world: World) => void) =>
  ((draft, world) => {
    const { token, cancel } = axios.CancelToken.source();
    draft.config.cancelToken = token;
    add(() => cancel('not wanted any more'), draft, world);
  }) satisfies Choice['add'];

/** Nobody answers, unless the request cannot arrive at all. */
function whenArrived(give: () => void, draft: Draft, world: World): void {
  draft.path = '/hang';
  // The timeout of another choice must not come first.
  delete draft.config.timeout;
  world.onArrival(give);
}

export const cancellation: Dimension = {
  name: 'cancellation',
  choices: [
    nothing('none'),
    choice(
      'a signal that stays silent',
      bySignal(() => undefined),
    ),
    choice(
      'a token that stays silent',
      byToken(() => undefined),
    ),
    choice(
      'a signal before',
      bySignal((abort) => abort()),
      'given-up',
      'masks',
    ),
    choice(
      'a token before',
      byToken((cancel) => cancel()),
      'given-up',
      'masks',
    ),
    choice(
      'a signal in the same turn',
      bySignal((abort, draft) => (draft.meanwhile = abort)),
      'given-up',
      'same-turn',
      'masks',
    ),
    choice(
      'a token in the same turn',
      byToken((cancel, draft) => (draft.meanwhile = cancel)),
      'given-up',
      'same-turn',
      'masks',
    ),
    choice('a signal during', bySignal(whenArrived), 'given-up', 'masks'),
    choice('a token during', byToken(whenArrived), 'given-up', 'masks'),
  ],
};

export const address: Dimension = {
  name: 'address',
  choices: [
    nothing('a path'),
    choice('an absolute URL', (draft, { url }) => (draft.path = url + draft.path)),
    choice('no slash between', (draft) => (draft.path = draft.path.slice(1))),
    choice('a query and a fragment', (draft) => (draft.path += '?q=a%20b&c[]=1#part')),
    choice(
      'an absolute URL that is not allowed',
      (draft, { url }) => {
        draft.path = url + draft.path;
        draft.config.allowAbsoluteUrls = false;
      },
      'masks',
    ),
    config('params', () => ({
      params: { q: 'a b&ü', list: [1, 2], at: new Date(0), deep: { x: ['y'] }, no: null },
    })),
    config('URLSearchParams', () => ({ params: new URLSearchParams('a=1&a=2&b=%20') })),
    config('paramsSerializer', (world) => ({
      params: { a: [1, 2] },
      paramsSerializer: { serialize: world.spy('serialize', () => 'as=it&is') },
    })),
    config('encode and indexes', (world) => ({
      params: { a: [1, { b: 2 }] },
      paramsSerializer: { encode: world.spy('encode', (text: string) => text), indexes: true },
    })),
    config('baseURL of the request', ({ url }) => ({ baseURL: `${url}//` })),
  ],
};

export const headers: Dimension = {
  name: 'headers',
  choices: [
    nothing('none'),
    config('in odd cases', () => ({
      headers: { 'x-LOWER': '1', 'X-MIXED-case': 'b', accept: 'text/x', 'USER-agent': 'me' },
    })),
    config('AxiosHeaders', () => ({ headers: new AxiosHeaders({ 'X-One': '1', Accept: 'a/b' }) })),
    config('lists', () => ({ headers: { 'X-List': ['a', 'b'], 'X-Number': 5 } })),
    config('undefined, null and false', () => ({
      headers: { Accept: undefined, 'X-Null': null, 'User-Agent': false, 'X-Empty': '' },
    })),
    config('the type of the body', () => ({ headers: { 'Content-Type': 'application/json' } })),
    config('a form', () => ({ headers: { 'content-type': 'application/x-www-form-urlencoded' } })),
    config('multipart', () => ({ headers: { 'Content-Type': 'multipart/form-data' } })),
    choice('of the defaults', ({ before, after }) => {
      before.push((api) => {
        api.defaults.headers.common['X-Common'] = 'before';
        api.defaults.headers.post['X-Post'] = 'before';
      });
      after.push((api) => {
        api.defaults.headers.common['X-Common'] = 'after';
        api.defaults.headers.get['X-Get'] = 'after';
        api.defaults.headers['X-All'] = 'after';
      });
    }),
  ],
};

const FORMS = /^(.*)Form$/;
const WITH_DATA = /^(post|put|patch|query)/;

/** For a way of calling that knows no `postForm`: what that does. */
function plain({ method: given, path: url, data: sent, config: rest }: Draft): AxiosRequestConfig {
  const [, verb = given] = FORMS.exec(given) ?? [];
  if (verb === given) return { ...rest, url, method: verb, data: sent };
  const multipart = { 'Content-Type': 'multipart/form-data' };
  return {
    ...rest,
    url,
    method: verb,
    data: sent,
    headers: { ...multipart, ...(rest.headers as object) },
  };
}

type Verbs = Record<string, (...given: unknown[]) => unknown>;

function byVerb(api: AxiosInstance, draft: Draft): unknown {
  const verbs = api as unknown as Verbs;
  const { method: verb, path: url, data: sent, config: rest } = draft;
  return WITH_DATA.test(verb)
    ? verbs[verb]?.(url, sent, rest)
    : verbs[verb]?.(url, { ...rest, data: sent });
}

export const calling: Dimension = {
  name: 'call',
  choices: [
    choice('a verb', (draft) => (draft.call = byVerb)),
    choice('request()', (draft) => (draft.call = (api, given) => api.request(plain(given)))),
    choice('the instance', (draft) => (draft.call = (api, given) => api(plain(given)))),
    choice('the instance, URL first', (draft) => {
      draft.call = (api, given) => {
        const { url = '', ...rest } = plain(given);
        return api(url, { ...rest, method: String(rest.method).toUpperCase() });
      };
    }),
    choice(
      'an instance that it creates',
      (draft) => (draft.call = (api, given) => byVerb(api.create({ timeout: 60_000 }), given)),
      'masks',
    ),
  ],
};

const OWN = Symbol('own');

export const other: Dimension = {
  name: 'more',
  choices: [
    nothing('nothing'),
    config('auth', () => ({ auth: { username: 'me', password: 'ä:b' } }), 'masks'),
    config('progress', (world) => ({
      onUploadProgress: world.onProgress('upload'),
      onDownloadProgress: world.onProgress('download'),
    })),
    config('maxRate', () => ({ maxRate: [1_000_000, 1_000_000] })),
    config('decompress: false', () => ({ decompress: false })),
    config('responseEncoding', () => ({ responseEncoding: 'latin1' })),
    config('formSerializer', () => ({ formSerializer: { dots: true, indexes: null } })),
    config('fetch of its own', (world) => ({
      env: {
        FormData,
        fetch: world.spy('fetch', (...given: Parameters<typeof fetch>) => fetch(...given)),
      },
    })),
    config('loud JSON', () => ({ transitional: { silentJSONParsing: false } })),
    config('keys of its own', () => ({ own: { list: [1], deep: { at: 1 } }, [OWN]: 'symbol' })),
    config('maxBodyLength', () => ({ maxBodyLength: 4 }), 'masks'),
    config('a larger maxBodyLength', () => ({ maxBodyLength: 100_000 })),
    config('beforeRedirect', (world) => ({
      beforeRedirect: world.spy('beforeRedirect', (options: Record<string, unknown>) => {
        (options.headers as Record<string, string>)['X-After-Redirect'] = 'yes';
      }),
    })),
    config('an agent of its own', () => ({ httpAgent: new Agent({ keepAlive: false }) })),
    config(
      'a header of its own',
      () => ({ headers: { authorization: 'Bearer of-its-own' } }),
      'masks',
    ),
    config('fetchOptions', () => ({ fetchOptions: { cache: 'no-store', keepalive: true } })),
    choice('defaults that change', ({ after }, world) => {
      after.push((api) => {
        api.defaults.timeout = 60_000;
        api.defaults.params = { later: 1 };
        api.defaults.validateStatus = world.spy('validateStatus', (status) => status < 400);
      });
    }),
    choice('an adapter of its own', ({ after, config: given }, world) => {
      delete given.adapter;
      after.push((api) => {
        const send = axios.getAdapter('http');
        const spied = world.spy('ownAdapter', (given: Config) => send(given));
        api.defaults.adapter = spied as never;
      });
    }),
  ],
};
