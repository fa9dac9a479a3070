import { createHash } from 'node:crypto';
import express, { type RequestHandler, type Router } from 'express';
import multer, { MulterError } from 'multer';
import type { Guard } from '../authenticate';
import { requestProblem } from '../problems';
import { numberQuery } from './query';

const MAX_BYTES = 64 * 1024 * 1024;
// A prime period: a chunk lost or repeated at any power-of-two boundary changes the content.
const PATTERN = Buffer.from(Array.from({ length: 251 }, (_, index) => index));

function sha256(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

export function deterministicBytes(length: number): Buffer {
  return Buffer.alloc(length, PATTERN);
}

const multipart = (): RequestHandler => {
  const parse = multer({ storage: multer.memoryStorage(), limits: { fileSize: MAX_BYTES } }).any();
  return (req, res, next) => {
    parse(req, res, (error: unknown) => {
      // Anything else it reports is a plain Error about a body that is not multipart.
      if (error === undefined || error instanceof MulterError) next(error);
      else next(requestProblem(400, 'INVALID_REQUEST', 'Malformed multipart body'));
    });
  };
};

const upload: RequestHandler = (req, res) => {
  const files = Array.isArray(req.files) ? req.files : [];
  res.json({
    fields: { ...(req.body as object | undefined) },
    files: files.map(({ fieldname, originalname, size, buffer }) => {
      return { field: fieldname, name: originalname, size, sha256: sha256(buffer) };
    }),
  });
};

const raw: RequestHandler = (req, res) => {
  const body = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
  const contentType = req.get('content-type') ?? null;
  res.json({ contentType, length: body.length, sha256: sha256(body) });
};

const download: RequestHandler = (req, res) => {
  const bytes = deterministicBytes(numberQuery(req, 'bytes', 1024, MAX_BYTES));
  res.type('application/octet-stream').send(bytes);
};

/** Bodies are parsed behind authentication, so nobody unknown fills the memory. */
export function transferRoutes({ authenticate }: Guard): Router {
  const router = express.Router();
  const bytes = express.raw({ type: () => true, limit: MAX_BYTES });
  router.post('/upload', authenticate, multipart(), upload);
  router.post('/raw', authenticate, bytes, raw);
  router.get('/download', authenticate, download);
  return router;
}
