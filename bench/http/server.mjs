/**
 * An API and its auth server on loopback, in a process of their own. A token says when it expires, so
 * nothing has to be kept; `delay` is added on the way there and on the way back.
 */
import { createServer } from 'node:http';

const [delay, lifetime] = process.argv.slice(2).map(Number);
const counts = { refused: 0, refreshes: 0 };
const NEVER = 'never';

const isGood = (token) => token === NEVER || Number(token) > Date.now();

function answer(request) {
  switch (request.url) {
    case '/refresh':
    case '/refresh?silent': {
      counts.refreshes++;
      const accessToken = String(Date.now() + lifetime);
      const expiry = request.url === '/refresh' ? { expiresIn: lifetime / 1000 } : {};
      return [200, { accessToken, ...expiry }];
    }
    case '/counts': {
      const answered = { ...counts };
      counts.refused = counts.refreshes = 0;
      return [200, answered];
    }
    default: {
      const token = request.headers.authorization?.slice('Bearer '.length);
      if (isGood(token)) return [200, { ok: true }];
      counts.refused++;
      return [401, { code: 'TOKEN_EXPIRED' }];
    }
  }
}

const later = (work) => (delay ? setTimeout(work, delay) : work());

const server = createServer((request, response) => {
  request.resume();
  later(() => {
    const [status, body] = answer(request);
    later(() => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send(server.address().port));
process.on('disconnect', () => process.exit());
