import { isIP } from 'node:net';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { LookalikeError } from '#core';
import { isLoopback } from './loopback.js';

/**
 * On loopback, refuses requests for a name that is not this server's. A web page can point its own name at 127.0.0.1
 * after it was loaded (DNS rebinding); to the browser the server is then of that page's site, reads included. An address
 * can't be re-pointed, and neither can `localhost`. Bound to more than loopback a server may have any name, unless its
 * names are given: there are keys then, which such a page has not.
 */
export function knownHostsOnly(boundTo: string, allowed: readonly string[]): RequestHandler {
  const names = new Set(['localhost', boundTo.toLowerCase(), ...allowed]);
  if (!isLoopback(boundTo) && allowed.length === 0) return (_request, _response, next) => next();
  return ({ headers: { host } }: Request, _response: Response, next: NextFunction) => {
    if (host === undefined || isKnown(host, names)) next();
    else next(new LookalikeError('host-not-allowed', 'This server is not known by that name; use its address.'));
  };
}

function isKnown(host: string, names: ReadonlySet<string>): boolean {
  if (!URL.canParse(`http://${host}`)) return false;
  const name = new URL(`http://${host}`).hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(name) !== 0 || names.has(name);
}
