import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { LookalikeError } from '#core';
import { answerProblem } from '../problem/problem-filter.js';

/** 32 kbit/s: slower than any network that pictures are sent over. */
const LEAST_BYTES_PER_S = 4096;
/** 32 MiB at 1 Mbit/s. */
const BODY_TIMEOUT_S = 300;

/**
 * A body must keep coming, or the request is answered with `request-timeout` and its connection ends: one that stalls or
 * trickles would hold its place for as long as its sender likes. Of streams of lines only silence is limited, by the
 * server's timeout: they have no end in sight, and their publishers may have nothing to say.
 */
export function bodyPace(stallSeconds: number): RequestHandler {
  return (request, response, next: NextFunction) => {
    // `null` is a request without a body.
    if (request.is('application/x-ndjson') === false) watch(request, response, stallSeconds);
    next();
  };
}

function watch(request: Request, response: Response, windowS: number): void {
  const { socket } = request;
  const startedAt = performance.now();
  let bytesRead = socket.bytesRead;
  const timer = setInterval(() => {
    // An answer that comes before its body has a limit of its own.
    if (request.complete || response.headersSent) return clearInterval(timer);
    const arrived = socket.bytesRead - bytesRead;
    bytesRead = socket.bytesRead;
    const isLate = performance.now() - startedAt > BODY_TIMEOUT_S * 1000;
    // What has arrived and is not read waits for us, for a disk perhaps, and keeps more from coming.
    const isStalled = arrived < LEAST_BYTES_PER_S * windowS && request.readableLength === 0;
    if (isLate) cutOff(request, response, `The body has not arrived within ${BODY_TIMEOUT_S} seconds.`, BODY_TIMEOUT_S);
    else if (isStalled) cutOff(request, response, `The body has stopped coming, for ${windowS} seconds.`, windowS);
  }, windowS * 1000).unref();
  response.once('close', () => clearInterval(timer));
}

/** Whoever reads the body learns that it was broken off, and gives back what the request held. */
function cutOff(request: Request, response: Response, message: string, withinSeconds: number): void {
  response.setHeader('Connection', 'close');
  // Node forgets a request that is answered: nobody would tell it that its connection has ended.
  request.socket.once('close', () => request.destroy());
  answerProblem(new LookalikeError('request-timeout', message, { facts: { withinSeconds } }), request, response);
}
