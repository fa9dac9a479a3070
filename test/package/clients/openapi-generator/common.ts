import type { AxiosInstance, AxiosResponse } from 'axios';
import type { RequestArgs } from './base';
import type { Configuration } from './configuration';

export const DUMMY_BASE_URL = 'https://example.com';

export const toPathString = (url: URL): string => url.pathname + url.search + url.hash;

export const createRequestFunction =
  (
    axiosArgs: RequestArgs,
    globalAxios: AxiosInstance,
    BASE_PATH: string,
    configuration?: Configuration,
  ) =>
  <T = unknown, R = AxiosResponse<T>>(
    axios: AxiosInstance = globalAxios,
    basePath: string = BASE_PATH,
  ) => {
    const axiosRequestArgs = {
      ...axiosArgs.options,
      url: (axios.defaults.baseURL ? '' : (configuration?.basePath ?? basePath)) + axiosArgs.url,
    };
    return axios.request<T, R>(axiosRequestArgs);
  };
