import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { LookalikeError } from '#core';
import { ForEverybody } from '../access/needs-scope.js';
import { type PageFile, pageFile, sendPageFile } from '../http/page-file.js';
import { ForBrowsers } from './described.js';

const SWAGGER_UI = dirname(require.resolve('swagger-ui-dist/package.json'));
const SCRIPT = 'text/javascript; charset=utf-8';

/** Its script is a file as well: the Content-Security-Policy lets none run that stands in a page. */
const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>lookalike: REST API</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <main id="api"></main>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

/** A key that is given is forgotten with the page. A validator would be sent the document. */
const START = `SwaggerUIBundle({
  url: '/v1/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  filter: true,
  persistAuthorization: false,
  validatorUrl: null,
});
`;

/** The document as a page from which requests can be sent. Nothing of it comes from elsewhere. */
@ForEverybody()
@ForBrowsers()
@Controller('docs')
export class ApiPageController {
  readonly #page = pageFile(Buffer.from(PAGE), 'text/html; charset=utf-8');
  readonly #files: ReadonlyMap<string, PageFile> = new Map([
    ['start.js', pageFile(Buffer.from(START), SCRIPT)],
    ['swagger-ui-bundle.js', swaggerFile('swagger-ui-bundle.js', SCRIPT)],
    ['swagger-ui.css', swaggerFile('swagger-ui.css', 'text/css; charset=utf-8')],
  ]);

  @Get()
  page(@Req() request: Request, @Res() response: Response): void {
    sendPageFile(this.#page, request, response);
  }

  @Get(':name')
  asset(@Param('name') name: string, @Req() request: Request, @Res() response: Response): void {
    const found = this.#files.get(name);
    if (found === undefined) throw new LookalikeError('route-unknown', 'There is nothing at this path.');
    sendPageFile(found, request, response);
  }
}

function swaggerFile(name: string, mediaType: string): PageFile {
  return pageFile(readFileSync(join(SWAGGER_UI, name)), mediaType);
}
