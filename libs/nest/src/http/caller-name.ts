import type { Request } from 'express';

/** Set by whatever checks keys. */
interface Authorised {
  readonly apiKeyName?: string;
}

/** The name of the key that a request came with, for what is recorded of it; `null` where no keys are asked for. */
export function callerName(request: Request & Authorised): string | null {
  return request.apiKeyName ?? null;
}
