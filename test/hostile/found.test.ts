import { Secrets } from '../../src/session/secrets';
import { watchEscapes } from './escapes';
import { playRound, type Hostility } from './world';

const escapes = watchEscapes();

/** What the runs have found, and is fixed: the shortest input of each. */
const FIXED: [title: string, hostilities: Hostility[]][] = [
  [
    'G33, relative of D6: signIn() with tokens that cannot be read',
    [['signIn takes', ['proxy', ['ownKeys'], 'itself', []]]],
  ],
  [
    'G33, relative of D6: a step-up that gives tokens that cannot be read',
    [['step-up returns', ['proxy', ['ownKeys'], 'itself', []]]],
  ],
  [
    'G33, relative of D6: an access token that is a revoked proxy, of a sign-in',
    [['signIn takes', ['object', 'plain', [['accessToken', ['other', 'revoked proxy']]]]]],
  ],
  [
    'G33, relative of D7: onSend throws a revoked proxy',
    [['onSend throws', ['other', 'revoked proxy']]],
  ],
  [
    'G33, G35, relative of D7: onSend gives a proxy that throws itself',
    [['onSend returns', ['proxy', ['getPrototypeOf'], 'itself', []]]],
  ],
  [
    'G33, relative of C8: onSend gives a text as the headers',
    [['onSend returns', ['object', 'plain', [['headers', ['text', '']]]]]],
  ],
  [
    'G33, relative of C8: onSend gives a number as the URL',
    [['onSend returns', ['object', 'plain', [['url', ['number', 5]]]]]],
  ],
  [
    'G33, G35, relative of D7: refresh throws a proxy that throws itself',
    [['refresh throws', ['proxy', ['has', 'getPrototypeOf'], 'itself', []]]],
  ],
  [
    'G33, G35, relative of D6: refresh returns a proxy that throws itself',
    [
      [
        'refresh returns',
        ['proxy', ['has', 'ownKeys', 'getOwnPropertyDescriptor', 'getPrototypeOf'], 'itself', []],
      ],
    ],
  ],
  [
    'G33, relative of D14: a logger that is a revoked proxy',
    [['logger is', ['other', 'revoked proxy']]],
  ],
  [
    'G33, relative of D4: a parsed body that says not even what it is',
    [['body is', ['proxy', ['getPrototypeOf'], ['number', 1], []]]],
  ],
  [
    'G35, relative of D7: a callback returns what can be asked for its then once only',
    [['onSignedOut returns', ['getter', 'plain', 'then', 1, ['number', 0], ['number', 1], []]]],
  ],
  [
    'G35, relative of D14: classify returns what can be asked for its then once only',
    [['classify returns', ['getter', 'plain', 'then', 1, ['number', 0], ['number', 1], []]]],
  ],
  [
    'G33, relative of D6: set() returns what can be asked for its then a few times only',
    [['set returns', ['getter', 'bare', 'then', 3, ['number', 0], ['number', 1], []]]],
  ],
  [
    'G33, relative of D6: a step-up returns what can be asked for its then twice only',
    [['step-up returns', ['getter', 'bare', 'then', 2, ['number', 0], ['number', 1], []]]],
  ],
  [
    'G35, relative of D7: a lock returns what can be asked for its then once only',
    [['lock returns', ['getter', 'plain', 'then', 1, ['number', 0], ['number', 1], []]]],
  ],
];

test.each(FIXED)('%s', async (_, hostilities) => {
  const { faults } = await playRound(hostilities);
  expect([...faults, ...escapes.take()]).toEqual([]);
});

test('G33, G34, relative of D3: credentials that are too long for any pattern: a text is left out, and nothing throws', () => {
  const secrets = new Secrets();
  const refreshToken = Array.from({ length: 400_000 }, (_, at) => at.toString(36)).join('');
  secrets.remember({ accessToken: 'access-1', refreshToken });
  expect(secrets.remove('about access-1')).not.toContain('access-1');
  expect(secrets.describeFault(new Error('about access-1')).message).not.toContain('access-1');
});
