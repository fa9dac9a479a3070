import axios from 'axios';
import { attachAuthInterceptors } from 'axios-auth-interceptors';
import { OpenAPI, UsersService } from '../generated/openapi-typescript-codegen';
import { overExpiry, url, type Login } from './expiry';

OpenAPI.BASE = url;
// Its services send through the axios that they import.
const auth = attachAuthInterceptors(axios, {
  allowedOrigins: [OpenAPI.BASE],
  refresh: async (tokens, { client }) => {
    const body = { refreshToken: tokens?.refreshToken };
    return (await client.post<Login>(`${OpenAPI.BASE}/auth/refresh`, body)).data;
  },
});
void overExpiry(auth, () => UsersService.getProfile());
