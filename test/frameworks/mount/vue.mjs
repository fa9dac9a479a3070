import { createApp, h } from 'vue';
import { useAuthStatus } from 'page:vue-status.ts';

export function mount(root) {
  const app = createApp({
    setup() {
      const status = useAuthStatus();
      return () => h('p', status.value === 'signed-in' ? 'Signed in' : 'Signed out');
    },
  });
  app.mount(root);
  return () => app.unmount();
}
