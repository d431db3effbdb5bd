import { type ErrorCode, isLookalikeError } from './errors.js';

/** What is read, or `null` where that fails with this code: of something that is not there. */
export async function nullOn<T>(code: ErrorCode, read: Promise<T>): Promise<T | null> {
  try {
    return await read;
  } catch (error) {
    if (isLookalikeError(error) && error.code === code) return null;
    throw error;
  }
}

/** `null` instead of what is read of a topic that is not there. */
export function unlessUnknown<T>(read: Promise<T>): Promise<T | null> {
  return nullOn('topic-unknown', read);
}
