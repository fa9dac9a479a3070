/** Another version of axios beside the one that the package finds. */
import type { AxiosInstance } from 'axios-second';
import { attachAuthInterceptors } from 'axios-auth-interceptors';

declare const other: AxiosInstance;
export const auth = attachAuthInterceptors(other, { refresh: () => null });
void auth.attach(other);
