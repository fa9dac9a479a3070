import { attachAuthInterceptors } from 'axios-auth-interceptors';
import { getProfile } from '../generated/orval/items';
import { overExpiry, refresh, url } from './expiry';
import { api } from './orval-instance';

api.defaults.baseURL = url;
const auth = attachAuthInterceptors(api, { refresh });
void overExpiry(auth, () => getProfile());

/** Compiled only: an operation takes the option of one request. */
export const withoutToken = () => getProfile({ skipAuth: true });
