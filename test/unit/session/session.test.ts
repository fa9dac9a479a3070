import type { TokenStore, Tokens } from '../../../src/index';
import { memoryStore } from '../../../src/index';
import { attached, recorder } from '../../support/attached';
import { cleanUp } from '../../support/rig';
import { watchProcess } from '../../support/watched';

afterEach(cleanUp);

const axiosAt = (adapter: ReturnType<typeof recorder>['adapter']) => ({
  axios: { baseURL: 'https://api.example.com', adapter },
});
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a session', () => {
  it('G30: that holds a refresh token alone renews before it sends', async () => {
    const { adapter, sent } = recorder();
    const refresh = jest.fn(() => Promise.resolve({ accessToken: 'access-2' }));
    const tokens = { accessToken: '', refreshToken: 'refresh-1' };
    const { api } = attached({ ...axiosAt(adapter), tokens, options: { refresh } });
    await api.get('/');
    expect(refresh).toHaveBeenCalledWith(tokens, expect.objectContaining({ reason: 'missing' }));
    expect(sent).toMatchObject([{ authorization: 'Bearer access-2' }]);
  });

  it('G26: does not call a listener that another one has removed', async () => {
    const { auth } = attached();
    const heard: string[] = [];
    auth.subscribe(() => {
      stop();
    });
    const stop = auth.subscribe(({ type }) => heard.push(type));
    await auth.signIn({ accessToken: 'access-3' });
    expect(heard).toEqual([]);
  });

  it('G13: an answer that cannot even be read fails the renewal', async () => {
    const answer = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('a trap that throws');
        },
      },
    );
    const refresh = () => Promise.resolve(answer as Tokens);
    const { auth } = attached({ options: { refresh } });
    await expect(auth.refresh()).rejects.toMatchObject({
      code: 'ERR_AUTH_INVALID_TOKENS',
      message: expect.stringMatching(
        /^Unusable tokens\. Expected the body of an answer, response\.data, got a value of type object\./,
      ) as string,
    });
    expect(await auth.getAccessToken()).toBe('access-1');
  });

  it('G4: does not adopt a token of a peer that cannot be sent', async () => {
    let held: Tokens = { accessToken: 'access-1' };
    const tokenStore: TokenStore = {
      ...memoryStore(),
      get: () => held,
      lock(critical) {
        held = { accessToken: 'two words' };
        return critical();
      },
    };
    const { auth } = attached({ options: { tokenStore } });
    await expect(auth.refresh()).rejects.toMatchObject({ code: 'ERR_AUTH_INVALID_TOKENS' });
  });

  it('G27: new tokens of a peer end the wait for the lock', async () => {
    let held: Tokens = { accessToken: 'access-1' };
    let changed = (): void => undefined;
    const refresh = jest.fn();
    const tokenStore: TokenStore = {
      ...memoryStore(),
      get: () => held,
      lock: (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(new Error('nobody waits any longer'));
          });
        }),
      subscribe(listener) {
        changed = listener;
        return () => undefined;
      },
    };
    const { auth } = attached({ options: { tokenStore, refresh } });
    const refreshing = auth.refresh();
    await turn();
    changed();
    await turn();
    expect(auth.status).toBe('refreshing');
    held = { accessToken: 'access-peer' };
    changed();
    await expect(refreshing).resolves.toEqual(held);
    expect(refresh).not.toHaveBeenCalled();
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['gives nothing', () => undefined],
  ])('G35: lives with a store whose subscribe %s', async (_, subscribe) => {
    const warn = jest.fn();
    const tokenStore = {
      ...memoryStore({ accessToken: 'access-1' }),
      subscribe: subscribe as unknown as () => () => void,
    };
    const { auth } = attached({ options: { tokenStore, logger: { warn } } });
    expect(await auth.getAccessToken()).toBe('access-1');
    expect(() => {
      auth.detach();
    }).not.toThrow();
  });

  it('G23: tells nobody of a first look that a sign-in has overtaken', async () => {
    let answer = (_: Tokens | null): void => undefined;
    const get = (): Promise<Tokens | null> => new Promise((resolve) => (answer = resolve));
    const { auth } = attached({ options: { tokenStore: { ...memoryStore(), get } } });
    const heard: string[] = [];
    auth.subscribe(({ type }) => heard.push(type));
    const signedIn = auth.signIn({ accessToken: 'access-3' });
    answer(null);
    await signedIn;
    await turn();
    answer({ accessToken: 'access-3' });
    await turn();
    expect(heard).toEqual(['signed-in']);
  });
});

it('G35: a store whose subscribe is asynchronous and fails leaves no unhandled rejection', async () => {
  const watch = watchProcess();
  const subscribe = () => Promise.reject(new Error('not connected')) as never;
  const tokenStore = { ...memoryStore({ accessToken: 'access-1' }), subscribe };
  const { auth } = attached({ options: { tokenStore } });
  expect(await auth.getAccessToken()).toBe('access-1');
  expect(await watch.settled()).toEqual([]);
});
