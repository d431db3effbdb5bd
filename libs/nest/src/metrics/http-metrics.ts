import type { NextFunction, Request, Response } from 'express';
import type { Metrics } from './metrics.js';

/** Those that routes have; whatever else is asked with is one value. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Observes each request under the template of its route, never its path: ids would make a series each. */
export function httpMetrics({ httpDurations }: Metrics) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const startMs = performance.now();
    response.once('close', () => {
      const method = METHODS.has(request.method) ? request.method : 'other';
      const status = response.writableFinished ? `${Math.floor(response.statusCode / 100)}xx` : 'aborted';
      httpDurations.observe({ method, route: routeOf(request), status }, (performance.now() - startMs) / 1000);
    });
    next();
  };
}

function routeOf({ route }: Request): string {
  const { path, methods } = (route ?? {}) as { path?: unknown; methods?: Readonly<Record<string, boolean>> };
  // What takes every method, CONNECT too, is middleware: then no route has answered.
  return typeof path === 'string' && !methods?.connect ? path : 'none';
}
