import { isLookalikeError } from '#core';

/** `null` instead of what is read of a generation that the index does not have. */
export async function unlessLost<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read;
  } catch (error) {
    if (isLookalikeError(error) && error.code === 'generation-unknown') return null;
    throw error;
  }
}
