import { OldSearchParams } from '../support/old-search-params';
import { cleanUp } from '../support/session';
import { setGlobal } from '../support/web-globals';
import { openFetch } from './open';

afterEach(cleanUp);

test('G39: URLSearchParams stay what they are where their constructor makes no copy', async () => {
  setGlobal('URLSearchParams', OldSearchParams);
  const sent: unknown[] = [];
  const { authFetch, at } = await openFetch(
    {},
    {
      fetch: (input, init) => {
        sent.push((init?.body as URLSearchParams).toString());
        return fetch(input, init);
      },
    },
  );
  const body = new URLSearchParams();
  body.append('name', 'alice');
  body.append('name', 'bob');
  await authFetch(at('/up'), { method: 'POST', body });
  expect(sent).toEqual(['name=alice&name=bob']);
});
