import type { NextFunction, Request, Response } from 'express';

const BODY_TIMEOUT_MS = 300_000;

/**
 * A body must have arrived in five minutes (32 MiB at 1 Mbit/s), or the connection is cut: one that trickles would hold
 * its place for ever. Streams of lines have no end in sight; of them only silence is limited, by the server's timeout.
 */
export function bodyDeadline(request: Request, _response: Response, next: NextFunction): void {
  if (!request.complete && !request.is('application/x-ndjson')) {
    const timer = setTimeout(() => request.destroy(), BODY_TIMEOUT_MS).unref();
    const stop = () => clearTimeout(timer);
    request.once('end', stop).once('close', stop);
  }
  next();
}
