/** The parts of other packages that the snippets use; none of them is installed. */
declare module 'react-router-dom' {
  export function useNavigate(): (path: string, options?: { replace?: boolean }) => void;
  export function useLocation(): { pathname: string; search: string };
}

declare module '@react-native-async-storage/async-storage' {
  const AsyncStorage: {
    getItem(key: string): Promise<string | null>;
    setItem(key: string, value: string): Promise<void>;
    removeItem(key: string): Promise<void>;
  };
  export default AsyncStorage;
}

declare module 'expo-secure-store' {
  export function getItemAsync(key: string): Promise<string | null>;
  export function setItemAsync(key: string, value: string): Promise<void>;
  export function deleteItemAsync(key: string): Promise<void>;
}

declare module 'eventsource' {
  export class EventSource {
    constructor(url: string, options: { fetch: typeof fetch });
    addEventListener(type: 'message', listener: (event: { data: string }) => void): void;
    close(): void;
  }
}

declare module '@microsoft/fetch-event-source' {
  export function fetchEventSource(
    url: string,
    options: {
      fetch: typeof fetch;
      onmessage(event: { data: string }): void;
      onclose(): void;
      onerror(error: unknown): void;
    },
  ): Promise<void>;
}

declare module 'orval' {
  export function defineConfig(config: Record<string, object>): object;
}

declare module '@/client/client.gen' {
  import type { AxiosInstance } from 'axios';
  export const client: {
    instance: AxiosInstance;
    setConfig(config: { baseURL: string }): object;
  };
}

declare module '@/client' {
  import type { AxiosInstance } from 'axios';
  export const OpenAPI: { BASE: string };
  export const Configuration: new () => object;
  export const UsersApi: new (
    configuration?: object,
    basePath?: string,
    axios?: AxiosInstance,
  ) => object;
}

/** The part of @types/express-session 1.19 that the page about servers uses. */
declare module 'express-session' {
  export interface SessionData {
    cookie: { maxAge?: number | undefined; expires?: Date | null | undefined };
  }
  import type { RequestHandler } from 'express';
  export default function session(options: object): RequestHandler;
  export interface Store {
    get(id: string, done: (error: unknown, session?: SessionData | null) => void): void;
    set(id: string, session: SessionData, done?: (error?: unknown) => void): void;
    destroy(id: string, done?: (error?: unknown) => void): void;
  }
  global {
    namespace Express {
      interface Request {
        session: SessionData & {
          regenerate(done: (error?: unknown) => void): void;
          destroy(done: (error?: unknown) => void): void;
        };
        sessionID: string;
        sessionStore: Store;
      }
    }
  }
}

declare module 'connect-redis' {
  export const RedisStore: new (options: { client: object }) => object;
}
