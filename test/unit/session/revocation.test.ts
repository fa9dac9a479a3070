import axios from 'axios';
import { resolveOptions } from '../../../src/resolve-options';
import { Events } from '../../../src/session/events';
import { revokeTokens } from '../../../src/session/revocation';
import { Secrets } from '../../../src/session/secrets';
import { turns } from '../../support/outcomes';

describe('revoking', () => {
  it('G21: does nothing, and logs nothing, where the application gives no revoke', async () => {
    const warn = jest.fn();
    const client = jest.fn(() => axios.create());
    const events = new Events({ warn }, new Secrets());
    const options = resolveOptions({ refresh: () => null });
    await revokeTokens({ options, client, events }, { accessToken: 'access-1' });
    await turns();
    expect([warn.mock.calls, client.mock.calls]).toEqual([[], []]);
  });
});
