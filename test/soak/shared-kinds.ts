import type { AxiosInstance, AxiosRequestConfig } from 'axios';
import { LINES, pathFor, readAnswer, textFor } from './answers';
import type { Call, Kind } from './load';

/** The requests that run in a process as well as in a tab. */
export function axiosKinds(session: string, adapter: string, api: AxiosInstance): Kind[] {
  const kind = (name: string, send: Kind['send']): Kind => ({
    name: `${adapter} ${name}`,
    isFetch: false,
    isCounted: false,
    send,
  });
  const get = (name: string, lines: number): Kind =>
    kind(name, async (call) => {
      const { data } = await api.get<string>(pathFor(session, call, lines), configFor(call));
      return readAnswer(data, call.id, lines);
    });
  return [
    get('GET', 0),
    get('GET of much', LINES),
    kind('POST of JSON', async (call) => {
      const data = { text: textFor(call.id) };
      const response = await api.post<string>(pathFor(session, call), data, configFor(call));
      return readAnswer(response.data, call.id, 0, JSON.stringify(data));
    }),
  ];
}

/** Over what `createAuthFetch` gives. */
export function fetchKinds(session: string, url: string, send: typeof fetch): Kind[] {
  const kind = (name: string, lines: number, initFor: (call: Call) => RequestInit): Kind => ({
    name: `attached fetch ${name}`,
    isFetch: true,
    isCounted: false,
    async send(call) {
      const { id, signal } = call;
      const init = {
        ...initFor(call),
        ...(signal && { signal }),
      };
      const response = await send(`${url}${pathFor(session, call, lines)}`, init);
      const text = await response.text();
      if (!response.ok) throw Object.assign(new Error(text), { status: response.status });
      return readAnswer(text, id, lines, init.body as string | undefined);
    },
  });
  return [
    kind('GET', 0, () => ({})),
    kind('GET of a stream', LINES, () => ({})),
    kind('POST', 0, ({ id }) => ({ method: 'POST', body: textFor(id) })),
  ];
}

export function configFor({ signal, timeout }: Call): AxiosRequestConfig {
  return {
    responseType: 'text',
    ...(signal && { signal }),
    ...(timeout !== undefined && { timeout }),
  };
}
