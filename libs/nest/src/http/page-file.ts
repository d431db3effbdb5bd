import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';

/** A file that is kept in memory, with what its answer says of it. */
export interface PageFile {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly etag: string;
}

export function pageFile(bytes: Buffer, mediaType: string): PageFile {
  const etag = `"${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}"`;
  return { bytes, mediaType, etag };
}

/** Asked for again each time and mostly answered 304, so that a new server never meets an old file. */
export function sendPageFile({ bytes, mediaType, etag }: PageFile, request: Request, response: Response): void {
  response.set({ ETag: etag, 'Cache-Control': 'no-cache' });
  if (request.headers['if-none-match'] === etag) response.status(304).end();
  else response.set('Content-Type', mediaType).send(bytes);
}
