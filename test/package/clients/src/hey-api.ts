import { attachAuthInterceptors } from 'axios-auth-interceptors';
import { client } from '../generated/hey-api/client.gen';
import { getProfile } from '../generated/hey-api/sdk.gen';
import { overExpiry, refresh, url } from './expiry';

const auth = attachAuthInterceptors(client.instance, { refresh });
// After the attaching: it gives the instance other defaults.
client.setConfig({ baseURL: url });
void overExpiry(auth, async () => (await getProfile({ throwOnError: true })).data);

/** Compiled only: an operation takes the option of one request. */
export const withoutToken = () => getProfile({ skipAuth: true });
