import { memoryStore } from '../../../src/index';
import { attached } from '../../support/attached';
import { cleanUp } from '../../support/rig';
import { watchProcess } from '../../support/watched';

afterEach(cleanUp);

it('G35: a store whose subscribe is asynchronous and fails leaves no unhandled rejection', async () => {
  const watch = watchProcess();
  const subscribe = () => Promise.reject(new Error('not connected')) as never;
  const tokenStore = { ...memoryStore({ accessToken: 'access-1' }), subscribe };
  const { auth } = attached({ options: { tokenStore } });
  expect(await auth.getAccessToken()).toBe('access-1');
  expect(await watch.settled()).toEqual([]);
});
