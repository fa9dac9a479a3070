/** A CommonJS module that is given instances with the ESM types of axios, and the other way round. */
import type { HttpService } from '@nestjs/axios-esm' with { 'resolution-mode': 'import' };
import type { AxiosInstance as OfEsm } from 'axios' with { 'resolution-mode': 'import' };
import type { AxiosInstance as OfCommonJs } from 'axios';
import axiosAuth = require('axios-auth-interceptors');

declare const service: HttpService;
declare const esm: OfEsm;
declare const cjs: OfCommonJs;
const auth = axiosAuth.attachAuthInterceptors(service.axiosRef, { refresh: () => null });
void [auth.attach(esm), auth.attach(cjs)];
