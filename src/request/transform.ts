import type { AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import { isAuthError } from '../errors';
import { asHeaders } from './attempt';

/**
 * Does to the outcome of a late replay what dispatch would have done: its answer has not been through
 * `transformResponse`, while the one that was refused has.
 */
export async function transformOutcome(
  outcome: Promise<AxiosResponse>,
  config: InternalAxiosRequestConfig,
  refused: { response: AxiosResponse; error?: unknown },
): Promise<AxiosResponse> {
  try {
    const response = await outcome;
    return response === refused.response ? response : transform(response, config);
  } catch (error) {
    const { response } = error as { response?: AxiosResponse };
    if (response && error !== refused.error && !isAuthError(error)) transform(response, config);
    throw error;
  }
}

function transform(response: AxiosResponse, config: InternalAxiosRequestConfig): AxiosResponse {
  response.headers = asHeaders(response.headers as InternalAxiosRequestConfig['headers']);
  for (const change of [config.transformResponse ?? []].flat()) {
    const { data, headers, status } = response as AxiosResponse<unknown>;
    response.data = change.call(config, data, headers as never, status) as unknown;
  }
  return response;
}
