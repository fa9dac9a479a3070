import axios from 'axios';
import { digFor } from '../support/digger';
import { CODES, provoke, rejectionOf } from '../support/failures';
import { startServer } from '../support/http-server';
import { axiosHas } from '../support/axios-features';
import { cleanUp } from '../support/rig';
import { realProcess } from '../support/watched';

afterEach(cleanUp);

describe.each([
  ['http', 'client'],
  ['http', 'instance'],
  ['fetch', 'client'],
  ['fetch', 'instance'],
] as const)('with the %s adapter, refreshing through the %s', (adapter, refreshThrough) => {
  test.each(CODES)('G34: %s holds no token and no cookie', async (code) => {
    const { error, secrets } = await provoke(code, { adapter, refreshThrough });
    expect(secrets.length).toBeGreaterThanOrEqual(3);
    expect(await digFor(secrets, error)).toEqual([]);
  });

  test.each(CODES)('G34: nor do the events and the log lines around %s', async (code) => {
    const { rig, lines, secrets } = await provoke(code, { adapter, refreshThrough });
    expect(Math.min(rig.events.length, lines.length)).toBeGreaterThan(0);
    expect(await digFor(secrets, [rig.events, lines])).toEqual([]);
  });
});

test('G34: the error that onSignedOut gets holds none either', async () => {
  const onSignedOut = jest.fn();
  const { secrets } = await provoke('ERR_AUTH_SESSION_EXPIRED', { options: { onSignedOut } });
  expect(onSignedOut).toHaveBeenCalledTimes(1);
  expect(await digFor(secrets, onSignedOut.mock.calls)).toEqual([]);
});

test('G34: a refresh that throws what it knows is quoted without it', async () => {
  const { error, lines, rig, secrets } = await provoke('ERR_AUTH_REFRESH_FAILED', {
    options: {
      refresh: (tokens) =>
        Promise.reject(
          Object.assign(new Error(`no luck with ${tokens?.refreshToken}`), {
            tokens,
            cause: new Error(String(tokens?.accessToken)),
          }),
        ),
    },
  });
  expect((error as Error).message).toContain('no luck with');
  expect(await digFor(secrets, [error, lines, rig.events])).toEqual([]);
});

test.each<[string, (token: string) => unknown]>([
  ['a string', (token) => `failed: ${token}`],
  ['an object', (token) => ({ message: token, code: 'X', token })],
  ['an error with a telling name', (token) => Object.assign(new Error('x'), { name: token })],
  ['an error with a telling code', (token) => Object.assign(new Error('x'), { code: token })],
])('G34: so is one that throws %s', async (_what, faultOf) => {
  const { error, lines, rig, secrets } = await provoke('ERR_AUTH_REFRESH_FAILED', {
    options: {
      refresh(tokens) {
        throw faultOf(String(tokens?.refreshToken));
      },
    },
  });
  expect(await digFor(secrets, [error, lines, rig.events])).toEqual([]);
});

test('G34: callbacks that throw a token are quoted without it', async () => {
  let token = '';
  const throwing = () => {
    throw new Error(`callback: ${token}`);
  };
  const { error, lines, secrets } = await provoke('ERR_AUTH_SESSION_EXPIRED', {
    options: {
      classify({ response }) {
        token = String(response.config.headers.Authorization).replace('Bearer ', '');
        return throwing();
      },
      onSignedOut: throwing,
    },
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(secrets).toContain(token);
  expect(await digFor(secrets, [error, lines])).toEqual([]);
});

describe('the digger itself', () => {
  // Node's own requests warn of some of their getters.
  const { noDeprecation = false } = realProcess;
  beforeAll(() => {
    realProcess.noDeprecation = true;
  });
  afterAll(() => {
    realProcess.noDeprecation = noDeprecation;
  });

  const token = 'secret-0123456789';

  test.each(['http', 'fetch'] as const)(
    'G34: finds the token in an error of axios (%s)',
    async (adapter) => {
      const server = await startServer((_request, response) => {
        response.writeHead(401).end();
      });
      const headers = { Authorization: `Bearer ${token}` };
      const error = await rejectionOf(axios.get(server.url, { adapter, headers }));
      const places = await digFor([token], error);
      const shown = axiosHas.fetchErrorConfig ? ['(util.inspect)', '(toJSON)'] : ['(util.inspect)'];
      expect(places).toEqual(expect.arrayContaining(shown));
      const named = places.some((place) => place.startsWith('.config.headers'));
      expect(named).toBe(axiosHas.fetchErrorConfig || adapter === 'http');
    },
  );

  test.each<[string, unknown]>([
    ['a symbol key', { [Symbol('hidden')]: token }],
    ['a property that is not enumerable', Object.defineProperty({}, 'x', { value: token })],
    ['a prototype', Object.create({ x: token })],
    [
      'a getter of a class',
      new (class {
        get x() {
          return token;
        }
      })(),
    ],
    ['a cause', new Error('x', { cause: new Error(token) })],
    ['a Map', new Map([['x', { y: token }]])],
    ['bytes', Buffer.from(`x${token}x`)],
    ['an ArrayBuffer', new TextEncoder().encode(token).buffer],
    ['a Blob', new Blob([token])],
    ['a form', form(token)],
    ['a function', Object.assign(() => undefined, { x: token })],
    ['a key', { [token]: 1 }],
    ['JSON in JSON', { x: JSON.stringify({ y: `"${token}"` }) }],
  ])('G34: finds it in %s', async (_what, value) => {
    expect(await digFor([token], value)).not.toEqual([]);
  });

  test('G34: finds nothing where nothing is', async () => {
    expect(await digFor([token], new Error('harmless', { cause: [1, 'a', null] }))).toEqual([]);
  });
});

function form(token: string): FormData {
  const data = new FormData();
  data.append('x', token);
  return data;
}
