import { judge, type Send } from './judge';
import type { Echo, Settlement } from './protocol';

const ECHO: Echo = { id: 'a.1', user: 'ann', family: 'f1', hash: 0, namesId: true };
const CALM = { isChanging: false, isLost: false, isHeadCut: false };

const settlement = (given: Partial<Settlement>): Settlement => ({
  id: 'a.1',
  client: 'a',
  session: 's',
  kind: 'http GET',
  calledAt: 0,
  settledAt: 1,
  standing: { user: 'ann', family: 'f1' },
  changes: 0,
  families: [],
  aborted: false,
  timedOut: false,
  runs: { requests: 1, responses: 1 },
  refreshCalls: 0,
  refreshFailed: false,
  ...given,
});

const send = (number: number, given: Partial<Send> = {}): Send => ({
  attempt: String(number),
  fault: null,
  status: 200,
  code: null,
  hasEffect: false,
  isDelivered: true,
  refreshesBefore: 0,
  refreshes: 0,
  ...given,
});

const answered = (given: Partial<Settlement> = {}, echo: Partial<Echo> = {}): Settlement =>
  settlement({ answer: { echo: { ...ECHO, ...echo }, isWhole: true }, ...given });

const failed = (code: string | null, given: Partial<Settlement> = {}): Settlement =>
  settlement({ error: { name: 'Error', code, status: null, message: '' }, ...given });

const EXPIRED = { status: 401, code: 'TOKEN_EXPIRED' };

describe('the soak takes for wrong', () => {
  const cases: [string, Settlement, Send[], string][] = [
    ['the answer of another request', answered({}, { id: 'a.2' }), [send(1)], 'crossed'],
    ['an answer as another user', answered({}, { user: 'ben' }), [send(1)], 'crossed'],
    ['an answer in another session', answered({}, { family: 'f2' }), [send(1)], 'crossed'],
    [
      'a call that interceptors saw twice',
      answered({ runs: { requests: 1, responses: 2 } }),
      [send(1)],
      'not once',
    ],
    ['an error without a fault', failed('ERR_NETWORK'), [send(1)], 'lost'],
    ['a renewal that failed while none did', failed('ERR_AUTH_REFRESH_FAILED'), [], 'lost'],
    ['a fault of the store', failed('ERR_AUTH_STORE'), [], 'lost'],
    ['a loop that was none', failed('ERR_AUTH_REFRESH_LOOP'), [send(1, EXPIRED)], 'lost'],
    ['a sign-out that nobody asked for', failed('ERR_AUTH_SIGNED_OUT'), [], 'signed out'],
    [
      'an end of the session without a reason',
      failed('ERR_AUTH_SESSION_EXPIRED'),
      [],
      'signed out',
    ],
    [
      'four sends',
      answered(),
      [1, 2, 3].map((n) => send(n, EXPIRED)).concat(send(4)),
      'sent too often',
    ],
    ['a send after a success', answered(), [send(1), send(2)], 'sent too often'],
    [
      'an effect that is repeated',
      answered(),
      [send(1, { hasEffect: true, isDelivered: false }), send(2, { hasEffect: true })],
      'effect repeated',
    ],
    [
      'a wait for many renewals',
      answered({ refreshCalls: 90 }),
      [send(1, { refreshes: 5 })],
      'waited too long',
    ],
  ];

  test.each(cases)('%s', (_name, given, sends, wrong) => {
    expect(judge(given, sends, CALM)).toMatchObject({ wrong });
  });
});

describe('the soak takes for right', () => {
  const cases: [string, Settlement, Send[]][] = [
    ['its own answer', answered(), [send(1, EXPIRED), send(2)]],
    [
      'an error of the network that the proxy has made',
      failed('ECONNRESET'),
      [send(1, { fault: 'reset' })],
    ],
    ['a request that its caller has aborted', failed('ERR_CANCELED', { aborted: true }), []],
    ['a sign-out of its own client', failed('ERR_AUTH_SIGNED_OUT', { changes: 1 }), []],
    [
      'an attempt that the browser has sent twice',
      answered(),
      [send(1, { fault: 'reset' }), send(1)],
    ],
  ];

  test.each(cases)('%s', (_name, given, sends) => {
    expect(judge(given, sends, CALM)).toBeNull();
  });
});
