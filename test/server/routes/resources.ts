import express, { type RequestHandler, type Router } from 'express';
import type { Guard } from '../authenticate';
import type { ServerContext } from '../context';
import { stringField } from '../credentials';
import { pause } from '../pause';
import { requestProblem } from '../problems';
import { publicUser } from '../users';
import { numberQuery } from './query';

const PAGE_SIZE = 10;
const REDIRECTS = [301, 302, 303, 307, 308];

const listItems: RequestHandler = (req, res) => {
  const page = numberQuery(req, 'page', 1, 1_000_000);
  const first = (page - 1) * PAGE_SIZE + 1;
  const item = (_: unknown, index: number): object => {
    return { id: first + index, name: `item ${first + index}`, page };
  };
  res.json(Array.from({ length: PAGE_SIZE }, item));
};

function addItem({ stats }: ServerContext): RequestHandler {
  return (req, res) => {
    stats.items += 1;
    res.status(201).json({ id: stats.items, received: req.body ?? null });
  };
}

// Counts instead of deduplicating: a client that replays too often has to show.
function addOrder({ stats }: ServerContext): RequestHandler {
  return (req, res) => {
    const key = req.get('Idempotency-Key') ?? stringField(req.body, 'id');
    if (key === undefined) {
      throw requestProblem(400, 'INVALID_REQUEST', 'An Idempotency-Key or a body id is required');
    }
    const executions = (stats.orders.get(key) ?? 0) + 1;
    stats.orders.set(key, executions);
    res.status(201).json({ key, executions });
  };
}

const slow: RequestHandler = async (req, res) => {
  const waited = numberQuery(req, 'ms', 100, 60_000);
  if (await pause(res, waited)) res.json({ waited });
};

// Open on purpose: tests need redirects to other origins to see whether a token follows.
const redirect: RequestHandler = (req, res) => {
  const { to } = req.query;
  const status = numberQuery(req, 'status', 302, 399);
  if (typeof to !== 'string' || !REDIRECTS.includes(status)) {
    throw requestProblem(400, 'INVALID_REQUEST', 'to and a redirect status are required');
  }
  res.redirect(status, to);
};

export function resourceRoutes(
  context: ServerContext,
  { authenticate, requireScope, principal }: Guard,
): Router {
  const router = express.Router();
  const json = express.json({ strict: false, limit: '10mb' });
  router.get('/profile', authenticate, (_req, res) => {
    res.json(publicUser(principal(res).user));
  });
  router.get('/admin', authenticate, requireScope('admin'), (_req, res) => {
    res.json({ message: 'admin' });
  });
  router.get('/items', authenticate, listItems);
  router.post('/items', authenticate, json, addItem(context));
  router.post('/orders', authenticate, json, addOrder(context));
  router.get('/slow', authenticate, slow);
  router.get('/redirect', authenticate, redirect);
  return router;
}
