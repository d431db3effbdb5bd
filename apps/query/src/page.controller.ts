import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { LookalikeError } from '#core';
import { ForEverybody } from '#nest';

/** The build copies the page's files beside the built apps (docs/adr/0007). */
const PAGE_FOLDER = resolve(__dirname, '../../web');

const MEDIA_TYPES = {
  'page.html': 'text/html; charset=utf-8',
  'theme.css': 'text/css; charset=utf-8',
  'layout.css': 'text/css; charset=utf-8',
  'query.css': 'text/css; charset=utf-8',
  'results.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
  'api-key.mjs': 'text/javascript; charset=utf-8',
  'key-form.mjs': 'text/javascript; charset=utf-8',
  'page.mjs': 'text/javascript; charset=utf-8',
  'search-api.mjs': 'text/javascript; charset=utf-8',
  'results.mjs': 'text/javascript; charset=utf-8',
  'thumbnail.mjs': 'text/javascript; charset=utf-8',
  'words.mjs': 'text/javascript; charset=utf-8',
} as const;

interface PageFile {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly etag: string;
}

/** The page's files, read once at the start: a request can name no other file. */
@ForEverybody()
@Controller()
export class PageController {
  readonly #files = new Map(Object.entries(MEDIA_TYPES).map(([name, mediaType]) => [name, pageFile(name, mediaType)]));

  @Get()
  page(@Req() request: Request, @Res() response: Response): void {
    this.#send('page.html', request, response);
  }

  @Get('page/:name')
  asset(@Param('name') name: string, @Req() request: Request, @Res() response: Response): void {
    this.#send(name, request, response);
  }

  #send(name: string, request: Request, response: Response): void {
    const file = this.#files.get(name);
    if (file === undefined) throw new LookalikeError('route-unknown', 'There is nothing at this path.');
    // Asked for again each time and mostly answered 304, so that a new server never meets an old page.
    response.set({ ETag: file.etag, 'Cache-Control': 'no-cache' });
    if (request.headers['if-none-match'] === file.etag) response.status(304).end();
    else response.set('Content-Type', file.mediaType).send(file.bytes);
  }
}

function pageFile(name: string, mediaType: string): PageFile {
  const bytes = readFileSync(join(PAGE_FOLDER, name));
  const etag = `"${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}"`;
  return { bytes, mediaType, etag };
}
