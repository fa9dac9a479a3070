import type { AxiosInstance, AxiosRequestConfig } from 'axios';
import type { Scenario, World } from '../run';

/** A call over one adapter, or over both; the config of the adapter is given to the instance. */
export function situation(
  name: string,
  call: (api: AxiosInstance, world: World) => unknown,
  { over = ['http', 'fetch'], ...more }: Partial<Scenario> & { over?: string[] } = {},
): Scenario[] {
  return over.map((adapter) => ({
    ...more,
    name: `${name}, over ${adapter}`,
    defaults: (world) => ({
      adapter: adapter as never,
      // Forms of the platform, as fetch can send no others.
      ...(adapter === 'fetch' && { env: { FormData } }),
      ...more.defaults?.(world),
    }),
    call,
  }));
}

/** A GET with this config. */
export const getting = (
  name: string,
  path: string,
  config: (world: World) => AxiosRequestConfig & Record<string, unknown>,
  more?: Parameters<typeof situation>[2],
): Scenario[] => situation(name, (api, world) => api.get(path, config(world)), more);

/** A POST of this body. */
export const posting = (
  name: string,
  body: () => unknown,
  config: AxiosRequestConfig & Record<string, unknown> = {},
  more?: Parameters<typeof situation>[2],
): Scenario[] => situation(name, (api) => api.post('/json', body(), { ...config }), more);
