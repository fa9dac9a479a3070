/** The same in an ES module. */
import type { HttpService } from '@nestjs/axios-esm';
import type { AxiosInstance as OfEsm } from 'axios';
import type { AxiosInstance as OfCommonJs } from 'axios' with { 'resolution-mode': 'require' };
import * as axiosAuth from 'axios-auth-interceptors';

declare const service: HttpService;
declare const esm: OfEsm;
declare const cjs: OfCommonJs;
const auth = axiosAuth.attachAuthInterceptors(service.axiosRef, { refresh: () => null });
void [auth.attach(esm), auth.attach(cjs)];
