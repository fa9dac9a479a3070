import { fork } from 'node:child_process';
import { Agent } from 'node:http';
import { fileURLToPath } from 'node:url';
import axios from 'axios';

/**
 * Starts the server and gives clients for it, one as good as the other; `stop` ends both.
 *
 * @param delay milliseconds added each way
 * @param lifetime of a token, in milliseconds
 */
export async function startServer({ delay = 0, lifetime, sockets = 64 }) {
  const script = fileURLToPath(new URL('server.mjs', import.meta.url));
  const child = fork(script, [delay, lifetime]);
  const port = await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', () => reject(new Error('The server of the bench has not started.')));
  });
  const httpAgent = new Agent({ keepAlive: true, maxSockets: sockets });
  const createClient = () =>
    axios.create({ baseURL: `http://127.0.0.1:${port}`, httpAgent, proxy: false });
  const plain = createClient();
  return {
    createClient,
    /** Calls the auth server; `silent`: the answer does not tell the lifetime. */
    renew: async (silent = false) =>
      (await plain.post(silent ? '/refresh?silent' : '/refresh')).data,
    /** The 401s and the refreshes since it was last asked. */
    counts: async () => (await plain.get('/counts')).data,
    stop() {
      child.removeAllListeners();
      child.disconnect();
      httpAgent.destroy();
    },
  };
}
