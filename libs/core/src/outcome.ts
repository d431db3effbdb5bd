import { isFault, type LookalikeError } from './errors.js';
import type { FailureReason } from './vector-record.js';

/** The reason an outcome is recorded with. A fault is none: it is thrown on, to be waited out. */
export function reasonOf(error: unknown): FailureReason {
  if (isFault(error)) throw error;
  const { code, message } = error as LookalikeError;
  return { code, message };
}

/** What is read, or `null` of what can never be read. @throws a fault. */
export function nullIfOutcome<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    reasonOf(error);
    return null;
  }
}
