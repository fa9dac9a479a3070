import axios from 'axios';
import { attachAuthInterceptors, memoryStore } from '../../src/index';
import { recorder } from '../support/attached';
import { cleanUp, onCleanUp } from '../support/clean-up';

afterEach(cleanUp);

describe('G3: options of attach() that are undefined leave the rules of the session in place', () => {
  test('an allowedOrigins of undefined does not widen what may see the token', async () => {
    const { adapter, sent } = recorder();
    const api = axios.create({ baseURL: 'https://api.example.com', adapter });
    const other = axios.create({ baseURL: 'https://other.example.com', adapter });
    const auth = attachAuthInterceptors(api, {
      tokenStore: memoryStore({ accessToken: 'access-1' }),
      allowedOrigins: ['https://api.example.com'],
      refresh: () => null,
    });
    onCleanUp(() => {
      auth.detach();
    });
    auth.attach(other, { allowedOrigins: undefined } as never);
    await other.get('/a');
    expect(JSON.stringify(sent)).not.toContain('access-1');
  });
});
