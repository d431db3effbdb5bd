import type { LogRecord, Subscription } from '#core';

/** Records as they come. A loop that waits for them ends with this error, and not never, when the subscription does. */
export async function nextBatch(subscription: Subscription): Promise<readonly LogRecord[]> {
  const records = await subscription.next();
  if (records === null) throw new Error('The subscription has ended.');
  return records;
}
