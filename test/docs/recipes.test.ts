import axios from 'axios';
import { attachAuthInterceptors, memoryStore } from '../../src/index';
import { json, startServer } from '../support/http-server';
import { cleanUp, onCleanUp } from '../support/rig';
import { runSnippet } from './run-snippet';

const PAGE = 'docs/recipes.md';
afterEach(cleanUp);

describe('back to the page, after a login', () => {
  /** Where the login page leads to, for what stands in its address. */
  async function goBackFrom(search: string): Promise<unknown[]> {
    const navigate = jest.fn();
    const modules: Record<string, object> = {
      react: {},
      'react-router-dom': { useNavigate: () => navigate, useLocation: () => ({ search }) },
      'axios-auth-interceptors/react': {},
    };
    const page = (await runSnippet(PAGE, 'useReturn', {
      require: (name: string) => modules[name],
    })) as { useReturn(): () => void };
    page.useReturn()();
    return navigate.mock.calls.map(([path]: unknown[]) => path);
  }

  test('the login leads to the page of before', async () => {
    const back = encodeURIComponent('/orders/7?tab=2');
    expect(await goBackFrom(`?because=expired&return=${back}`)).toEqual(['/orders/7?tab=2']);
    expect(await goBackFrom('')).toEqual(['/']);
  });

  test.each(['https://evil.test/', '//evil.test/', '/\\evil.test/', '/\t/evil.test/', 'evil'])(
    'and not to %j',
    async (back) => {
      expect(await goBackFrom(`?return=${encodeURIComponent(back)}`)).toEqual(['/']);
    },
  );
});

test('an unknown code in a 200 is not logged, and the snippet prints it', async () => {
  const server = await startServer((_request, response) => {
    json(response, 200, { errors: [{ extensions: { code: 'JWT_OLD' } }] });
  });
  const [debug, info] = [jest.fn(), jest.fn()];
  async function ask(options: object): Promise<void> {
    const api = axios.create({ baseURL: server.url });
    const tokenStore = memoryStore({ accessToken: 'a' });
    const auth = attachAuthInterceptors(api, {
      statuses: [200, 401],
      refresh: () => null,
      ...options,
      tokenStore,
      logger: { debug },
    });
    onCleanUp(() => {
      auth.detach();
    });
    expect((await api.post('/graphql')).status).toBe(200);
  }
  await ask({});
  let given = {};
  await runSnippet(PAGE, 'console.info(answer', {
    api: null,
    refresh: () => null,
    console: { info },
    require: () => ({
      ...jest.requireActual<object>('../../src/index'),
      attachAuthInterceptors: (_api: unknown, options: object) => (given = options),
    }),
  });
  await ask(given);
  expect(debug).not.toHaveBeenCalled();
  expect(info.mock.calls).toEqual([[200, 'JWT_OLD']]);
});
