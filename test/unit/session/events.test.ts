import { AuthError } from '../../../src/errors';
import type { AuthLogger } from '../../../src/options';
import { Events } from '../../../src/session/events';
import { Secrets } from '../../../src/session/secrets';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const fail = (): never => {
  throw new Error('sent access-1');
};

function open(logger?: AuthLogger): Events {
  const secrets = new Secrets();
  secrets.remember({ accessToken: 'access-1' });
  return new Events(logger, secrets);
}

type Line = [level: string, message: string, details: unknown];

function recording(): { lines: Line[]; logger: AuthLogger } {
  const lines: Line[] = [];
  const level =
    (name: string) =>
    (message: string, details?: unknown): void => {
      lines.push([name, message, details]);
    };
  return {
    lines,
    logger: { debug: level('debug'), warn: level('warn'), error: level('error') },
  };
}

describe('listeners', () => {
  it('G26: are called after the code that emits, and before emit resolves', async () => {
    const events = open();
    const heard: string[] = [];
    events.subscribe(({ type }) => heard.push(type));
    const emitted = events.emit({ type: 'signed-in' });
    expect(heard).toEqual([]);
    await emitted;
    expect(heard).toEqual(['signed-in']);
  });

  it('G26: hear nothing once they are removed, even by a listener of the same event', async () => {
    const events = open();
    const heard: string[] = [];
    events.subscribe(() => {
      stop();
    });
    const stop = events.subscribe(({ type }) => heard.push(type));
    await events.emit({ type: 'signed-in' });
    expect(heard).toEqual([]);
  });

  it('G26: of one function, each is removed for itself', async () => {
    const events = open();
    const listener = jest.fn();
    const stop = events.subscribe(listener);
    events.subscribe(listener);
    stop();
    stop();
    await events.emit({ type: 'signed-in' });
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('G26: that throw, reject or hang keep nobody from hearing', async () => {
    const { lines, logger } = recording();
    const events = open(logger);
    const heard: string[] = [];
    events.subscribe(fail);
    events.subscribe(() => Promise.reject(new Error('sent access-1')) as never);
    events.subscribe(() => new Promise(() => undefined) as never);
    events.subscribe(({ type }) => heard.push(type));
    await events.emit({ type: 'signed-in' });
    await turn();
    expect(heard).toEqual(['signed-in']);
    const faults = lines.filter(([level]) => level === 'error');
    expect(faults).toHaveLength(2);
    for (const [, message, details] of faults) {
      expect(message).toContain('A callback threw');
      expect(details).toMatchObject({ message: 'sent [redacted]' });
    }
  });

  it('of the phase are called later, and not once they are removed', async () => {
    const events = open();
    const changes: string[] = [];
    events.onPhaseChange(() => changes.push('one'));
    const stop = events.onPhaseChange(() => changes.push('two'));
    events.phaseChanged();
    expect(changes).toEqual([]);
    stop();
    await turn();
    expect(changes).toEqual(['one']);
  });
});

describe('the logger', () => {
  it('gets each event at the level debug, and a failed refresh as a warning with its message', async () => {
    const { lines, logger } = recording();
    const events = open(logger);
    const error = new AuthError('ERR_AUTH_REFRESH_FAILED', 'not now');
    await events.emit({ type: 'signed-in' });
    await events.emit({ type: 'refresh-failed', error });
    expect(lines).toEqual([
      ['debug', 'auth: signed-in', { type: 'signed-in' }],
      ['warn', 'not now', error],
    ]);
  });

  it('G34: gets no credential', async () => {
    const { lines, logger } = recording();
    const events = open(logger);
    events.log('warn', 'sent access-1');
    events.logFault('error', 'failed with access-1', new Error('access-1'));
    await turn();
    expect(lines).toMatchObject([
      ['warn', 'sent [redacted]'],
      ['error', 'failed with [redacted]', { message: '[redacted]' }],
    ]);
  });

  it('G36: gets each explanation once for each reason', async () => {
    const { lines, logger } = recording();
    const events = open(logger);
    for (const reason of ['origin', 'header', 'origin'])
      events.explain(reason, () => `why ${reason}`);
    await turn();
    expect(lines.map(([, message]) => message)).toEqual(['why origin', 'why header']);
  });

  it.each<[string, AuthLogger | undefined]>([
    ['none', undefined],
    ['without any level', {}],
    ['that throws', { debug: fail, warn: fail, error: fail }],
    ['that rejects', { debug: () => Promise.reject(new Error('no')) as never }],
  ])('G35: %s does not matter', async (_, logger) => {
    const events = open(logger);
    const heard: string[] = [];
    events.subscribe(({ type }) => heard.push(type));
    events.log('debug', 'a line');
    events.logFault('error', 'a fault', new Error('no'));
    events.explain('reason', () => 'why');
    await events.emit({ type: 'signed-in' });
    await turn();
    expect(heard).toEqual(['signed-in']);
  });

  it('keeps its `this`', async () => {
    const logger = {
      lines: [] as string[],
      warn(message: string): void {
        this.lines.push(message);
      },
    };
    open(logger).log('warn', 'a line');
    await turn();
    expect(logger.lines).toEqual(['a line']);
  });
});

it('a line without details has none, and is one argument', async () => {
  const warn = jest.fn();
  open({ warn }).log('warn', 'a line');
  await turn();
  expect(warn.mock.calls.map((line) => line.length)).toEqual([1]);
});

it('G32: an odd lifetime is told once, as a warning', async () => {
  const { lines, logger } = recording();
  const events = open(logger);
  events.oddLifetime();
  events.oddLifetime();
  events.explain('another reason', () => 'why');
  await turn();
  expect(lines.map(([level]) => level)).toEqual(['warn', 'debug']);
  expect(lines[0]?.[1]).toContain('expiresIn');
});
