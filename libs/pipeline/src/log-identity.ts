import { randomUUID } from 'node:crypto';
import { type EventLog, IMAGE_EVENTS_TOPIC, LOG_IDENTITY_TOPIC, LookalikeError, unlessUnknown } from '#core';

/** What a log keeps of its own making. */
interface LogIdentity {
  readonly id: string;
  /** `null` of a log whose first user did not need to know. */
  readonly partitions: number | null;
}

/**
 * The name that this log gave itself when it was first used, a UUID. Versions are offsets, so they mean something only
 * together with it: a new log starts from 0 again, and all its changes would lose against an index of the old one.
 *
 * Whoever comes first writes it; where several do at once, the record that stands first counts for all of them.
 */
export async function logIdentity(log: EventLog, partitions: number | null = null): Promise<string> {
  await log.ensureTopic(LOG_IDENTITY_TOPIC, { partitions: 1, retention: 'forever' });
  const known = await firstRecord(log);
  if (known !== null) return known.id;
  const value = Buffer.from(randomUUID());
  const headers = partitions === null ? {} : { partitions: String(partitions) };
  await log.append(LOG_IDENTITY_TOPIC, [{ key: 'identity', value, headers }]);
  const written = await firstRecord(log);
  if (written === null) throw new LookalikeError('internal', 'The log did not keep its identity.');
  return written.id;
}

/** The same of a log that may have none, which stays as it is. */
export async function knownIdentity(log: EventLog): Promise<string | null> {
  return (await unlessUnknown(firstRecord(log)))?.id ?? null;
}

/**
 * Makes the topic of the events, or checks that it is still the one that this log was made with: a version is a place in
 * it. @throws `invalid-setting` when `partitions` is not what the log was made with, `log-mismatch` when the topic is gone,
 * `topic-mismatch` when it can no longer keep its promises, `log-unavailable`.
 */
export async function ensureEventsTopic(log: EventLog, partitions: number): Promise<void> {
  const known = await unlessUnknown(firstRecord(log));
  if (known !== null) {
    requirePartitions(known.partitions ?? partitions, partitions);
    if ((await unlessUnknown(log.watermarks(IMAGE_EVENTS_TOPIC))) === null) throw eventsGone();
  }
  await log.ensureTopic(IMAGE_EVENTS_TOPIC, { partitions, retention: 'forever' });
  // Last: a log that has a name has its events too.
  await logIdentity(log, partitions);
}

async function firstRecord(log: EventLog): Promise<LogIdentity | null> {
  for await (const { value, headers } of log.read({ topic: LOG_IDENTITY_TOPIC, partition: 0, from: 0 })) {
    const partitions = headers.partitions === undefined ? null : Number(headers.partitions);
    return { id: Buffer.from(value ?? []).toString('utf8'), partitions };
  }
  return null;
}

function requirePartitions(found: number, wanted: number): void {
  if (found === wanted) return;
  throw new LookalikeError(
    'invalid-setting',
    `LOOKALIKE_PARTITIONS is ${wanted}, but the log was made with ${found}, which cannot be changed. ` +
      'Set it back, or use another log.',
    { facts: { setting: 'LOOKALIKE_PARTITIONS', wanted, found } },
  );
}

function eventsGone(): LookalikeError {
  return new LookalikeError(
    'log-mismatch',
    `The log was in use, but its topic ${IMAGE_EVENTS_TOPIC} is gone, and with it what everything else is made of. Bring it ` +
      'back; or, to begin with nothing, delete the other topics and the index too.',
    { facts: { topic: IMAGE_EVENTS_TOPIC } },
  );
}
