import { randomUUID } from 'node:crypto';
import { type EventLog, LOG_IDENTITY_TOPIC, LookalikeError } from '#core';

/**
 * The name that this log gave itself when it was first used, a UUID. Versions are offsets, so they mean something only
 * together with it: a new log starts from 0 again, and all its changes would lose against an index of the old one.
 *
 * Whoever comes first writes it; where several do at once, the record that stands first counts for all of them.
 */
export async function logIdentity(log: EventLog): Promise<string> {
  await log.ensureTopic(LOG_IDENTITY_TOPIC, { partitions: 1, retention: 'forever' });
  const known = await firstRecord(log);
  if (known !== null) return known;
  const value = Buffer.from(randomUUID());
  await log.append(LOG_IDENTITY_TOPIC, [{ key: 'identity', value, headers: {} }]);
  const written = await firstRecord(log);
  if (written === null) throw new LookalikeError('internal', 'The log did not keep its identity.');
  return written;
}

async function firstRecord(log: EventLog): Promise<string | null> {
  for await (const { value } of log.read({ topic: LOG_IDENTITY_TOPIC, partition: 0, from: 0 })) {
    return Buffer.from(value ?? []).toString('utf8');
  }
  return null;
}
