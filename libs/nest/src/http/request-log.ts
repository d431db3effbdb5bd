import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { type HttpLogger, pinoHttp } from 'pino-http';
import { callerOf } from '../access/callers.js';

/** What an answer adds to the line of its request. */
const added = new WeakMap<object, object>();
const REQUEST_ID = /^[\w.-]{1,64}$/;

/**
 * One line a request: id, method, path, status, time, the name of the caller's key, and what `addToRequestLog` was given. Never a
 * body, a header or a query.
 */
export function requestLog(logger: Logger): HttpLogger {
  return pinoHttp({
    logger,
    genReqId: requestId,
    serializers: {
      req: ({ id, method, url }: { id: string; method: string; url: string }) => ({
        id,
        method,
        path: url.split('?')[0],
      }),
      res: ({ statusCode }: { statusCode: number }) => ({ status: statusCode }),
    },
    // The filter logs why a request failed; here a failure is only a status.
    customErrorObject: (request, _response, _error, { err: _, ...rest }) => ({ ...rest, ...keyOf(request) }),
    customSuccessObject: (request, response, value) => ({ ...value, ...keyOf(request), ...added.get(response) }),
    customErrorMessage: () => 'request completed',
    customSuccessMessage: (_request, response) => (response.writableFinished ? 'request completed' : 'request aborted'),
  });
}

/** Facts that find the matter of a request elsewhere: ids and positions, nothing that clients keep in their data. */
export function addToRequestLog(response: object, facts: object): void {
  added.set(response, facts);
}

function keyOf(request: IncomingMessage): { readonly key?: string } {
  const key = callerOf(request)?.key ?? null;
  return key === null ? {} : { key };
}

/** The caller's own id, if it is a harmless one, so that its log and ours can be joined. */
function requestId(request: IncomingMessage, response: ServerResponse): string {
  const given = request.headers['x-request-id'];
  const id = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
  response.setHeader('X-Request-Id', id);
  return id;
}
