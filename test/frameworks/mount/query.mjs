import { createElement } from 'react';
import { QueryClientProvider } from '@tanstack/react-query';
import { useAuth } from 'axios-auth-interceptors/react';
import { queryClient, useProfile } from 'page:query.tsx';
import { mountProfile } from './react.mjs';

function useShown() {
  const { data, error } = useProfile();
  return { status: useAuth().status, name: data?.username, error };
}

export const mount = (root) =>
  mountProfile(root, useShown, (child) =>
    createElement(QueryClientProvider, { client: queryClient }, child),
  );
