import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { API_SCOPES, type ApiScope } from '#core';
import type { KeyRing } from './key-ring.js';

/** Who asks. */
export interface Caller {
  /** Of its key; `null` where no keys are set. */
  readonly key: string | null;
  readonly scopes: ReadonlySet<ApiScope>;
}

const ANYBODY: Caller = { key: null, scopes: new Set(API_SCOPES) };
const BEARER = /^bearer +(\S+) *$/i;

const callers = new WeakMap<object, Caller>();

/** Finds out who asks, before anything of the request is read; what may be asked for is the guard's matter. */
export function identifyCallers(keys: KeyRing): RequestHandler {
  return (request: Request, _response: Response, next: NextFunction) => {
    const caller = keys.isEmpty ? ANYBODY : callerWith(keys, request.headers.authorization);
    if (caller !== null) callers.set(request, caller);
    next();
  };
}

/** `null` for a request without a key that is known here. */
export function callerOf(request: object): Caller | null {
  return callers.get(request) ?? null;
}

/** The name of the key that a request came with, for what is recorded of it; `null` where no keys are asked for. */
export function callerName(request: object): string | null {
  return callerOf(request)?.key ?? null;
}

function callerWith(keys: KeyRing, authorization: string | undefined): Caller | null {
  const [, key] = BEARER.exec(authorization ?? '') ?? [];
  const entry = key === undefined ? null : keys.find(key);
  return entry === null ? null : { key: entry.name, scopes: new Set(entry.scopes) };
}
