import axios from 'axios';
import type { AxiosAdapter } from 'axios';

/** A browser's cookies: no script can read them, and they go along where `withCredentials` says so. */
export interface CookieBrowser {
  adapter: AxiosAdapter;
  /** What the browser keeps, as the header `Cookie` has it. */
  cookies: Map<string, string>;
}

export function createCookieBrowser(): CookieBrowser {
  const cookies = new Map<string, string>();
  const send = axios.getAdapter('http');

  function keep(fields: readonly string[]): void {
    for (const field of fields) {
      const [pair = '', ...attributes] = field.split(';').map((part) => part.trim());
      const [name = '', value = ''] = pair.split('=');
      if (attributes.some((part) => /^max-age=0$/i.test(part))) cookies.delete(name);
      else cookies.set(name, value);
    }
  }

  return {
    cookies,
    async adapter(config) {
      const own = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      if (config.withCredentials && own) config.headers.set('Cookie', own);
      const response = await send(config).finally(() => {
        // What a browser adds, no script sees.
        config.headers.delete('Cookie');
      });
      const given = (response.headers as Record<string, unknown>)['set-cookie'];
      if (config.withCredentials && Array.isArray(given)) keep(given as string[]);
      delete (response.headers as Record<string, unknown>)['set-cookie'];
      return response;
    },
  };
}
