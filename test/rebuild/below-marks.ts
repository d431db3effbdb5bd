import {
  decodeVectorRecord,
  type EventLog,
  IMAGE_EVENTS_TOPIC,
  imageVectorsTopic,
  type LogRecord,
  type Position,
  type StoredRecord,
  type VectorIndex,
  type VectorRecord,
} from '#core';
import type { KnownGeneration } from '#pipeline';
import { contentsOf, readEvent } from './expected-fold.js';

/** Images of which the generation has not what its source had below the marks. None of one that the index has lost. */
export async function missingBelowMarks(
  log: EventLog,
  index: VectorIndex,
  { name, source, marks, schema }: KnownGeneration,
): Promise<readonly string[]> {
  if (!(await index.generations()).some((it) => it.name === name)) return [];
  const topic = source === 'events' ? IMAGE_EVENTS_TOPIC : imageVectorsTopic(schema.encoder.fingerprint);
  const due: Due[] = [];
  for (const mark of marks) due.push(...(await dueBelow(log, topic, mark)));
  const contents = await contentsOf(index, name);
  return due
    .filter((it) => !hasIt(contents.get(it.imageId), it))
    .map(({ imageId, version }) => `${imageId}@${version}`);
}

type Due = Pick<VectorRecord, 'imageId' | 'version'> & { readonly isFailure: boolean };

async function dueBelow(log: EventLog, topic: string, { partition, offset: to }: Position): Promise<Due[]> {
  const due: Due[] = [];
  if (to === 0) return due;
  for await (const record of log.read({ topic, partition, from: 0, to })) {
    const it = topic === IMAGE_EVENTS_TOPIC ? ofEvent(record) : ofVector(record);
    if (it !== null) due.push(it);
  }
  return due;
}

/** What becomes of an event is not known here. */
function ofEvent(record: LogRecord): Due | null {
  const event = readEvent(record);
  return event === null ? null : { imageId: event.imageId, version: record.offset, isFailure: true };
}

function ofVector(record: LogRecord): Due | null {
  try {
    const { imageId, version, state } = decodeVectorRecord(record);
    return { imageId, version, isFailure: state === 'failed' };
  } catch {
    return null;
  }
}

function hasIt(stored: StoredRecord | undefined, { version, isFailure }: Due): boolean {
  if (stored === undefined || stored.version < version) return false;
  return stored.version > version || stored.state !== 'failed' || isFailure;
}
