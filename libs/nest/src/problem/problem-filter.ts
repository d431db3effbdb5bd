import { type ArgumentsHost, Catch, type ExceptionFilter, NotFoundException } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import { LookalikeError } from '#core';
import { allowedMethods } from './allowed-methods.js';
import { asLookalikeError } from './as-lookalike-error.js';
import { PROBLEM_MEDIA_TYPE, retryAfterSeconds, toProblem } from './problem.js';

const LINGER_MS = 10_000;

/** The one place where errors become answers, and where a request's failure is logged: once. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    answerProblem(thrown, http.getRequest<Request>(), http.getResponse<Response>());
  }
}

/** Also for middleware that has reason to answer while a handler still works at the request. */
export function answerProblem(thrown: unknown, request: Request, response: Response): void {
  const methods = thrown instanceof NotFoundException ? allowedMethods(request) : [];
  const error = methods.length > 0 ? methodNotAllowed(request.method, methods) : asLookalikeError(thrown);
  const problem = toProblem(error);
  if (problem.status >= 500) logFailure(error, problem.status, request);
  // Nobody listens any more, or an answer has begun: the connection's end is the only sign left.
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const retryAfter = retryAfterSeconds(problem);
  if (retryAfter !== null) response.setHeader('Retry-After', String(retryAfter));
  if (methods.length > 0) response.setHeader('Allow', methods.join(', '));
  if (problem.status === 401) response.setHeader('WWW-Authenticate', 'Bearer realm="lookalike"');
  response.status(problem.status).type(PROBLEM_MEDIA_TYPE).send(JSON.stringify(problem));
  if (!request.complete) lingerBeforeCut(request);
}

/**
 * The answer may be there before the body is. Closing at once would reset the connection, and many clients then lose
 * the answer; so what still comes is thrown away for a while.
 */
function lingerBeforeCut(request: Request): void {
  const timer = setTimeout(() => request.destroy(), LINGER_MS).unref();
  const stop = () => clearTimeout(timer);
  request.once('end', stop).once('close', stop).resume();
}

function methodNotAllowed(method: string, allowed: readonly string[]): LookalikeError {
  const facts = { allowed };
  return new LookalikeError('method-not-allowed', `${method} is not possible here; ${allowed.join(', ')} are.`, {
    facts,
  });
}

/** A fault passes by itself and is a warning; a 500 wants somebody to look. */
function logFailure(error: LookalikeError, status: number, request: Request & { log?: Logger }): void {
  request.log?.[status === 503 ? 'warn' : 'error']({ err: error, code: error.code }, 'The request failed.');
}
