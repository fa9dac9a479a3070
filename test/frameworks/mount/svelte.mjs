import { mount as mountComponent, unmount } from 'svelte';
import Status from 'page:Status.svelte';

export function mount(root) {
  const component = mountComponent(Status, { target: root });
  return () => unmount(component);
}
