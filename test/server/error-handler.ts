import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import { MulterError } from 'multer';
import type { ServerContext } from './context';
import { Problem, requestProblem, type ProblemInit } from './problems';

export function sendProblem(res: Response, realm: string, problem: ProblemInit): void {
  const { status, code, message, challenge = {}, retryAfter } = problem;
  if (status === 401 || challenge.error !== undefined) {
    const parameters = Object.entries({ realm, ...challenge });
    const list = parameters.map(([name, value]) => `${name}="${value}"`).join(', ');
    res.setHeader('WWW-Authenticate', `Bearer ${list}`);
  }
  if (retryAfter !== undefined) res.setHeader('Retry-After', String(retryAfter));
  res.status(status).json({ code, message });
}

function clientErrorStatus(error: unknown): number | undefined {
  if (error instanceof MulterError) return error.code === 'LIMIT_FILE_SIZE' ? 413 : 400;
  if (!(error instanceof Error) || !('status' in error)) return undefined;
  const { status } = error;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const status = clientErrorStatus(error);
  // A parser's own message quotes the body, which may hold a password.
  if (status !== undefined) return requestProblem(status, 'INVALID_REQUEST', 'Malformed request');
  return requestProblem(500, 'INTERNAL_ERROR', 'Internal error');
}

export const notFound: RequestHandler = () => {
  throw requestProblem(404, 'NOT_FOUND', 'No such resource');
};

export function errorHandler({ settings, log }: ServerContext): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    const { init } = toProblem(error);
    const facts = { code: init.code, status: init.status, method: req.method, route: req.path };
    if (init.audited === true) {
      log.warn({ ...facts, subject: init.subject }, 'authentication failed');
    } else if (init.status >= 500) {
      log.error({ ...facts, stack: error instanceof Error ? error.stack : undefined }, 'failed');
    }
    if (res.headersSent) {
      next(error);
      return;
    }
    sendProblem(res, settings.realm, init);
  };
}
