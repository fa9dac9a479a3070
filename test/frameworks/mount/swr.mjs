import { createElement } from 'react';
import { SWRConfig } from 'swr';
import { useAuth } from 'axios-auth-interceptors/react';
import { swrConfig, useProfile } from 'page:swr.tsx';
import { mountProfile } from './react.mjs';

function useShown() {
  const { data, error } = useProfile();
  return { status: useAuth().status, name: data?.username, error };
}

// A retry would come at once, and not after five seconds: nobody has to wait to see that there is none.
const value = { ...swrConfig, errorRetryInterval: 1, dedupingInterval: 0 };

export const mount = (root) =>
  mountProfile(root, useShown, (child) => createElement(SWRConfig, { value }, child));
