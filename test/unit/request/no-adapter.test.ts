import axios from 'axios';
import type { AxiosInstance } from 'axios';
import { attached, recorder } from '../../support/attached';
import { cleanUp, onCleanUp } from '../../support/rig';

afterEach(cleanUp);

const baseURL = 'https://api.example.com';

/** Puts a recorder in place of what axios sends with where a config names nothing. */
function recordByDefault(): ReturnType<typeof recorder> {
  const record = recorder();
  const usual = axios.defaults.adapter;
  axios.defaults.adapter = record.adapter;
  onCleanUp(() => {
    Object.assign(axios.defaults, { adapter: usual });
  });
  return record;
}

function dropAdapter(api: AxiosInstance): void {
  api.interceptors.request.use((config) => {
    delete config.adapter;
    return config;
  });
}

describe('a config that another interceptor has left without an adapter', () => {
  it('G19: is sent by axios itself with its default', async () => {
    const { sent } = recordByDefault();
    const api = axios.create({ baseURL });
    dropAdapter(api);
    await api.get('/');
    expect(sent).toHaveLength(1);
  });

  it('G19: is sent with that default, and with the token', async () => {
    const { sent } = recordByDefault();
    const { api } = attached({ axios: { baseURL } });
    dropAdapter(api);
    await api.get('/');
    expect(sent).toMatchObject([{ authorization: 'Bearer access-1' }]);
  });
});
