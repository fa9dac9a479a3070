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
