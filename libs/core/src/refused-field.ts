import { LookalikeError } from './errors.js';

/** `invalid-request` for one field. The sentence and the facts say the same. */
export function refusedField(field: string, rule: string, cause?: unknown): LookalikeError {
  return new LookalikeError('invalid-request', `${field} ${rule}.`, { cause, facts: { field, rule } });
}
