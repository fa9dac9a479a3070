import type { Request } from 'express';

export const REFRESH_COOKIE = 'refresh_token';

export function bearerToken(header: string | undefined): string | undefined {
  return /^bearer +(\S.*)$/i.exec(header ?? '')?.[1]?.trim();
}

/** A non-empty string member of a parsed body of unknown shape. */
export function stringField(body: unknown, name: string): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const value: unknown = Object.entries(body).find(([key]) => key === name)?.[1];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function cookie(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const [key, value] = pair.split('=', 2);
    if (key?.trim() === name && value !== undefined && value !== '') return value.trim();
  }
  return undefined;
}

export function refreshTokenOf(req: Request): string | undefined {
  return stringField(req.body, 'refreshToken') ?? cookie(req.headers.cookie, REFRESH_COOKIE);
}
