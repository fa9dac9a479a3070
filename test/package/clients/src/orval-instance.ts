import axios, { type AxiosRequestConfig } from 'axios';

export const api = axios.create();

/** What orval calls for every operation: the option `mutator` of its configuration. */
export const send = async <T>(
  config: AxiosRequestConfig,
  options?: AxiosRequestConfig,
): Promise<T> => (await api.request<T>({ ...config, ...options })).data;
