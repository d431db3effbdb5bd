import { BlockList, isIP } from 'node:net';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { LookalikeError } from '#core';

/**
 * On loopback, refuses requests for a name that is not this server's. A web page can point its own name at 127.0.0.1
 * after it was loaded (DNS rebinding); to the browser the server is then of that page's site, reads included. An address
 * can't be re-pointed, and neither can `localhost`. Bound to more than loopback, a server may have any name.
 */
export function knownHostsOnly(boundTo: string): RequestHandler {
  const names = new Set(['localhost', boundTo.toLowerCase()]);
  if (!isLoopback(boundTo)) return (_request, _response, next) => next();
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

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** In whatever form an address is written: `::ffff:127.0.0.1` is one too. */
function isLoopback(host: string): boolean {
  const family = isIP(host);
  if (family === 0) return ['localhost', 'ip6-localhost', 'ip6-loopback'].includes(host.toLowerCase());
  return LOOPBACK.check(host, family === 4 ? 'ipv4' : 'ipv6');
}
