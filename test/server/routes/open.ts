import express, { type Router } from 'express';

export function openRoutes(): Router {
  const router = express.Router();
  router.get('/health', (_req, res) => {
    res.json({ status: 'ok' });
  });
  router.get('/public', (_req, res) => {
    res.json({ message: 'public' });
  });
  return router;
}
