import type { Request } from 'express';
import { callerOf } from '../access/callers.js';

/** The name of the key that a request came with, for what is recorded of it; `null` where no keys are asked for. */
export function callerName(request: Request): string | null {
  return callerOf(request)?.key ?? null;
}
