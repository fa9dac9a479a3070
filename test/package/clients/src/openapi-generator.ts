import axios from 'axios';
import { attachAuthInterceptors } from 'axios-auth-interceptors';
import { Configuration, UsersApi } from '../openapi-generator';
import { overExpiry, refresh, url } from './expiry';

const api = axios.create({ baseURL: url });
const users = new UsersApi(new Configuration(), undefined, api);
const auth = attachAuthInterceptors(api, { refresh });
void overExpiry(auth, async () => (await users.getProfile()).data);

/** Compiled only: an operation takes the option of one request. */
export const withoutToken = () => users.getProfile({ skipAuth: true });
