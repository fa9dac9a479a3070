import { until } from '../server/client';
import { controlClocks } from '../support/clocks';
import { json, type Handler } from '../support/http-server';
import { cleanUp } from '../support/rig';
import {
  openSession,
  recordEvents,
  REFRESH_PATH,
  settle,
  startTokenServer,
} from '../support/token-server';

afterEach(cleanUp);

const HOUR = 3_600_000;

const busy: Handler = (_request, response) => {
  json(response, 503, {});
};

test('G31: a renewal ahead is tried once, and again after 90 to 180 seconds', async () => {
  const clocks = controlClocks();
  const server = await startTokenServer();
  const { api, auth } = openSession(server, { tokens: null });
  await auth.signIn({ ...server.issue(), expiresIn: HOUR / 1_000 });
  server.refreshAnswers.push(busy, busy);
  const failures = (): number => events.filter(({ type }) => type === 'refresh-failed').length;
  const events = recordEvents(auth);
  clocks.pass(0.91 * HOUR);
  await api.get('/a');
  await until(() => failures() === 1);
  expect(server.at(REFRESH_PATH)).toHaveLength(1);

  clocks.pass(85_000);
  await api.get('/a');
  await settle(server);
  expect(server.at(REFRESH_PATH)).toHaveLength(1);
  clocks.pass(96_000);
  await api.get('/a');
  await until(() => failures() === 2);
  expect([server.at(REFRESH_PATH).length, auth.status]).toEqual([2, 'signed-in']);
  expect(server.at('/a').map(({ token }) => token)).toEqual(Array(3).fill('access-alice-1'));
});
