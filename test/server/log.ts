import { pino, type DestinationStream, type Logger } from 'pino';

const SECRETS = ['password', 'token', 'accessToken', 'refreshToken', 'authorization', 'cookie'];

// A second barrier only: no call site hands a secret to the logger.
const redact = {
  paths: [...SECRETS, ...SECRETS.map((name) => `*.${name}`), ...SECRETS.map((n) => `*.*.${n}`)],
  censor: '[redacted]',
};

function isLogger(target: Logger | DestinationStream): target is Logger {
  return 'child' in target;
}

export function createLogger(target: Logger | DestinationStream | undefined): Logger {
  if (target === undefined) return pino({ level: 'silent' });
  return isLogger(target) ? target.child({}, { redact }) : pino({ redact }, target);
}
