import express, { type Express, type RequestHandler } from 'express';
import { createGuard } from './authenticate';
import type { ServerContext } from './context';
import { cors } from './cors';
import { errorHandler, notFound } from './error-handler';
import { pause } from './pause';
import type { RateLimits } from './rate-limits';
import { authRoutes } from './routes/auth';
import { openRoutes } from './routes/open';
import { resourceRoutes } from './routes/resources';
import { transferRoutes } from './routes/transfers';
import { recordRequests } from './stats';

function latency({ settings }: ServerContext): RequestHandler {
  return async (_req, res, next) => {
    if (await pause(res, settings.latency)) next();
  };
}

export function createApp(context: ServerContext, limits: RateLimits): Express {
  const app = express();
  app.disable('x-powered-by');
  // A 304 would hide from a test what the server answered.
  app.disable('etag');
  const guard = createGuard(context);
  app.use(recordRequests(context.stats), latency(context), cors(context.settings.corsOrigin));
  app.use(openRoutes(), authRoutes(context, limits));
  app.use(resourceRoutes(context, guard), transferRoutes(guard));
  app.use(notFound, errorHandler(context));
  return app;
}
