import { type EventLog, LOG_IMPORTS_TOPIC, LookalikeError, unlessUnknown } from '#core';

/** What a log says of an import into it. */
export interface ImportMarker {
  /** Of the export that is imported. */
  readonly export: string;
  /** The name of the log that was exported. */
  readonly log: string;
  readonly state: 'started' | 'finished';
  readonly atMs: number;
}

/** The last one; `null` of a log into which nothing was imported. @throws `log-unavailable`, `log-damaged`. */
export async function lastImport(log: EventLog): Promise<ImportMarker | null> {
  return unlessUnknown(readLast(log));
}

async function readLast(log: EventLog): Promise<ImportMarker | null> {
  let last: Uint8Array | null = null;
  for await (const { value } of log.read({ topic: LOG_IMPORTS_TOPIC, partition: 0, from: 0 })) last = value;
  if (last === null) return null;
  try {
    return JSON.parse(Buffer.from(last).toString('utf8')) as ImportMarker;
  } catch (cause) {
    throw new LookalikeError('log-damaged', `The topic ${LOG_IMPORTS_TOPIC} holds what no import has written.`, {
      cause,
      facts: { topic: LOG_IMPORTS_TOPIC },
    });
  }
}

/** Durable when it resolves. */
export async function markImport(log: EventLog, marker: Omit<ImportMarker, 'atMs'>): Promise<void> {
  await log.ensureTopic(LOG_IMPORTS_TOPIC, { partitions: 1, retention: 'forever' });
  const value = Buffer.from(JSON.stringify({ ...marker, atMs: Date.now() }));
  await log.append(LOG_IMPORTS_TOPIC, [{ key: 'import', value, headers: { 'content-type': 'application/json' } }]);
}

/**
 * A log that holds a part of another one is not to be used: what is published into it would come before what is still
 * missing, and change its images' order. @throws `log-mismatch`.
 */
export async function requireImportFinished(log: EventLog): Promise<void> {
  const last = await lastImport(log);
  if (last === null || last.state === 'finished') return;
  throw new LookalikeError(
    'log-mismatch',
    'An import into this log was begun and did not end. Run `lookalike log import` with the same file again: it goes on ' +
      'where it stopped. To start over instead, delete this log, and import into a new one.',
    { facts: { export: last.export, log: last.log } },
  );
}
