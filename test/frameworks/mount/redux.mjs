import { createElement } from 'react';
import { Provider } from 'react-redux';
import { store, useProfile, useStatus } from 'page:store.ts';
import { mountProfile } from './react.mjs';

function useShown() {
  const { currentData, error } = useProfile();
  return { status: useStatus(), name: currentData?.username, error };
}

export const mount = (root) =>
  mountProfile(root, useShown, (child) => createElement(Provider, { store }, child));
