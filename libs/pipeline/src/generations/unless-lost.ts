import { nullOn } from '#core';

/** `null` instead of what is read of a generation that the index does not have. */
export function unlessLost<T>(read: Promise<T>): Promise<T | null> {
  return nullOn('generation-unknown', read);
}
