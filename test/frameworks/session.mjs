// Stands in for session.ts of the page: the same session, which notes who listens to its status.
import { api, auth as session } from 'page:session.ts';

export { api };

export const statuses = [];

let listeners = 0;

export const listening = () => listeners;

function onStatus(listener) {
  listeners++;
  const stop = session.onStatus((status) => {
    statuses.push(status);
    listener(status);
  });
  return () => {
    listeners--;
    stop();
  };
}

export const auth = Object.create(session, { onStatus: { value: onStatus } });
