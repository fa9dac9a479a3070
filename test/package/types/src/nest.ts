/** @nestjs/axios 4 is CommonJS: its `axiosRef` has the CommonJS types of axios. */
import { HttpService } from '@nestjs/axios';
import { attachAuthInterceptors } from 'axios-auth-interceptors';

declare const service: HttpService;
export const auth = attachAuthInterceptors(service.axiosRef, {
  refresh: async (tokens, { client }) =>
    (await client.post<{ accessToken: string }>('/auth/refresh', tokens)).data,
});
void auth.attach(service.axiosRef, { allowedOrigins: ['https://api.example.com'] });
