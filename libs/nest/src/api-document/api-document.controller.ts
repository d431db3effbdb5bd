import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Controller, Get, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ForEverybody } from '../access/needs-scope.js';
import { pageFile, sendPageFile } from '../http/page-file.js';
import { Answers } from './described.js';

/** The build copies it (docs/adr/0028). */
const DOCUMENT = resolve(__dirname, '../../../../docs/reference/openapi.json');

/** The document of the whole API, whichever part of it this application serves. */
@ForEverybody()
@Controller('v1/openapi.json')
export class ApiDocumentController {
  readonly #document = pageFile(readFileSync(DOCUMENT), 'application/json; charset=utf-8');

  /** This document. */
  @Get()
  @Answers<{ 'application/json': Readonly<Record<string, unknown>> }>({ unchanged: true })
  document(@Req() request: Request, @Res() response: Response): void {
    sendPageFile(this.#document, request, response);
  }
}
