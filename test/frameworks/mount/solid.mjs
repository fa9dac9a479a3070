import { createComponent, Show } from 'solid-js';
import { render } from 'solid-js/web';
import { useAuthStatus } from 'page:solid-status.ts';

function paragraph(text) {
  const element = document.createElement('p');
  element.textContent = text;
  return element;
}

function Status() {
  const status = useAuthStatus();
  return createComponent(Show, {
    get when() {
      return status() === 'signed-in';
    },
    fallback: paragraph('Signed out'),
    children: paragraph('Signed in'),
  });
}

export const mount = (root) => render(() => createComponent(Status, {}), root);
