import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { LookalikeError } from '#core';
import { ForBrowsers, ForEverybody, pageFile, sendPageFile } from '#nest';

/** The build makes the page's files beside the built apps (docs/adr/0030). */
const PAGE_FOLDER = resolve(__dirname, '../../web');

const MEDIA_TYPES = {
  'page.html': 'text/html; charset=utf-8',
  'style.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
  'page.js': 'text/javascript; charset=utf-8',
} as const;

/** The page's files, read once at the start: a request can name no other file. */
@ForEverybody()
@ForBrowsers()
@Controller()
export class PageController {
  readonly #files = new Map(
    Object.entries(MEDIA_TYPES).map(([name, type]) => [name, pageFile(readFileSync(join(PAGE_FOLDER, name)), type)]),
  );

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
    sendPageFile(file, request, response);
  }
}
