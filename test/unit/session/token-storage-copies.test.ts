import { Events } from '../../../src/session/events';
import { Secrets } from '../../../src/session/secrets';
import { TokenStorage } from '../../../src/session/token-storage';
import type { TokenStore } from '../../../src/stores/store';
import type { Tokens } from '../../../src/tokens';

const A: Tokens = { accessToken: 'access-a', refreshToken: 'refresh-a' };
const logged: string[] = [];

function open(store: Partial<TokenStore>): TokenStorage {
  const secrets = new Secrets();
  const log = (message: string): void => {
    logged.push(message);
  };
  const events = new Events({ warn: log, error: log }, secrets);
  const none = { get: () => null, set: () => undefined, clear: () => undefined };
  return new TokenStorage(
    { tokenStore: { ...none, ...store }, refreshTimeout: 1_000 },
    secrets,
    events,
  );
}

const broken = (): never => {
  throw new Error('no access');
};

beforeEach(() => {
  jest.useFakeTimers();
  logged.length = 0;
});
afterEach(() => {
  jest.useRealTimers();
});

describe('what a store gives', () => {
  it.each<[string, object]>([
    ['an access token alone', { accessToken: 'a' }],
    ['a refresh token that is null', { accessToken: 'a', refreshToken: null }],
    ['an expiry', { ...A, expiresAt: 5 }],
    ['an expiry that is null', { ...A, expiresAt: null }],
    ['extra fields', { ...A, scope: 'x' }],
  ])('G23: is taken with %s', (_, tokens) => {
    expect(open({ get: () => tokens as never }).read()).toEqual(tokens);
  });

  it('G33: has an empty access token where it has none, and something to renew with', () => {
    const tokens = { refreshToken: 'refresh-a' };
    expect(open({ get: () => tokens as never }).read()).toEqual({ ...tokens, accessToken: '' });
  });

  it('G23: is the same object as long as nothing in it is another', () => {
    let scope = 'x';
    const storage = open({ get: () => ({ ...A, scope }) });
    const first = storage.read();
    expect(storage.read()).toBe(first);
    scope = 'y';
    expect(storage.read()).toEqual({ ...A, scope: 'y' });
  });

  it('G23: is news where a field is gone', () => {
    const given: Tokens[] = [{ ...A, expiresAt: 5 }, A];
    const storage = open({ get: () => given.shift() ?? null });
    expect(storage.read()).toEqual({ ...A, expiresAt: 5 });
    expect(storage.read()).toEqual(A);
  });

  it.each([{ accessToken: 'b' }, { refreshToken: 'b' }, { expiresAt: 5 }])(
    'G23: is news where it was changed in place: %j',
    (change) => {
      const held = { ...A };
      const storage = open({ get: () => held });
      storage.read();
      Object.assign(held, change);
      expect(storage.read()).toEqual({ ...A, ...change });
    },
  );
});

describe('a store that fails', () => {
  it('G33: is named with its method, and its fault is the cause', async () => {
    const said = { cause: expect.objectContaining({ message: 'no access' }) as unknown };
    const message = expect.stringContaining('tokenStore.get() failed: no access') as unknown;
    const rejecting = open({ get: () => Promise.reject(new Error('no access')) });
    await expect(rejecting.read()).rejects.toMatchObject({ ...said, message });
    expect(() => open({ get: broken }).read()).toThrow(expect.objectContaining(said) as Error);
    expect(() => open({ get: () => 'text' as never }).read()).toThrow('tokenStore.get() failed');
  });

  it('G9: serves what could not be stored from memory, while it can not even be read', async () => {
    const held = { get: (): Tokens | null => A, set: broken };
    const storage = open({ ...held, get: () => held.get() });
    storage.read();
    await expect(storage.write({ accessToken: 'access-b' })).rejects.toThrow('no access');
    held.get = broken;
    expect(storage.read()).toEqual({ accessToken: 'access-b' });
  });

  it('G25: is not asked again by a session that does not listen to it', async () => {
    const storage = open({ set: broken });
    await expect(storage.write(A)).rejects.toThrow('no access');
    expect(jest.getTimerCount()).toBe(0);
    storage.listen(() => undefined);
    expect(jest.getTimerCount()).toBe(1);
    storage.stopListening();
    expect(jest.getTimerCount()).toBe(0);
  });
});

it('a store that tells of no changes is nothing to report', async () => {
  const storage = open({});
  storage.listen(() => undefined);
  await Promise.resolve();
  expect(logged).toEqual([]);
});

it('where nothing is on its way, nothing is given up', () => {
  const storage = open({ get: () => A });
  storage.forget();
  expect(storage.read()).toEqual(A);
});
