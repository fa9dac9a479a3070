import type { Request } from 'express';
import { requestProblem } from '../problems';

export function numberQuery(req: Request, name: string, fallback: number, max: number): number {
  const raw = req.query[name];
  if (raw === undefined) return fallback;
  const value = typeof raw === 'string' && raw !== '' ? Number(raw) : NaN;
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw requestProblem(400, 'INVALID_REQUEST', `${name} must be an integer from 0 to ${max}`);
  }
  return value;
}
