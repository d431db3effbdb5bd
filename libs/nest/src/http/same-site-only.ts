import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { LookalikeError } from '#core';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses changes asked for by a web page of another site, unless its origin is allowed: a form there can post to any
 * address that its visitor's browser reaches, a server on loopback included. Programs send neither header and are not
 * touched. Source: the resource isolation policy of Fetch Metadata (W3C), with Origin for browsers that lack it.
 */
export function sameSiteOnly(allowedOrigins: readonly string[]): RequestHandler {
  return (request: Request, _response: Response, next: NextFunction) => {
    const isAllowed = SAFE_METHODS.has(request.method) || !isCrossSite(request);
    if (isAllowed || allowedOrigins.includes(request.headers.origin ?? '')) next();
    else
      next(
        new LookalikeError('cross-site-refused', 'Web pages of other sites may not change or search anything here.'),
      );
  };
}

function isCrossSite({ headers }: Request): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin, host } = headers;
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host;
}
