/** In the shape of OpenAPI Generator's typescript-axios, of openapi.json: it is no npm package. */
import type { AxiosInstance, AxiosPromise, RawAxiosRequestConfig } from 'axios';
import globalAxios from 'axios';
import { BASE_PATH, BaseAPI, type RequestArgs } from './base';
import { createRequestFunction, DUMMY_BASE_URL, toPathString } from './common';
import type { Configuration } from './configuration';

export interface Profile {
  username: string;
}

export const UsersApiAxiosParamCreator = (configuration?: Configuration) => ({
  getProfile: async (options: RawAxiosRequestConfig = {}): Promise<RequestArgs> => {
    const localVarPath = `/profile`;
    const localVarUrlObj = new URL(localVarPath, DUMMY_BASE_URL);
    const baseOptions = configuration?.baseOptions;
    const localVarRequestOptions = { method: 'GET', ...baseOptions, ...options };
    const localVarHeaderParameter = {} as Record<string, string>;
    localVarRequestOptions.headers = { ...localVarHeaderParameter, ...options.headers };
    return { url: toPathString(localVarUrlObj), options: localVarRequestOptions };
  },
});

export const UsersApiFp = (configuration?: Configuration) => {
  const localVarAxiosParamCreator = UsersApiAxiosParamCreator(configuration);
  return {
    async getProfile(
      options?: RawAxiosRequestConfig,
    ): Promise<(axios?: AxiosInstance, basePath?: string) => AxiosPromise<Profile>> {
      const localVarAxiosArgs = await localVarAxiosParamCreator.getProfile(options);
      return (axios, basePath) =>
        createRequestFunction(
          localVarAxiosArgs,
          globalAxios,
          BASE_PATH,
          configuration,
        )(axios, basePath);
    },
  };
};

export class UsersApi extends BaseAPI {
  public getProfile(options?: RawAxiosRequestConfig) {
    return UsersApiFp(this.configuration)
      .getProfile(options)
      .then((request) => request(this.axios, this.basePath));
  }
}
