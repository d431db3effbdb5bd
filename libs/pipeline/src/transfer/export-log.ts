import { createHash } from 'node:crypto';
import {
  DEAD_LETTER_ACTIONS_TOPIC,
  DEAD_LETTERS_TOPIC,
  decodeVectorRecord,
  type EventLog,
  IMAGE_EVENTS_TOPIC,
  imageVectorsTopic,
  type LogRecord,
  LookalikeError,
  nullIfOutcome,
  partitionOf,
} from '#core';
import { type ExportHeader, type ExportTrailer, encodeLine, MAX_LINE_BYTES } from './export-lines.js';
import { SINGLE_PARTITION_TOPICS } from './single-partition-topics.js';

/** Lines given together. */
const CHUNK_BYTES = 65_536;

/**
 * The lines of an export, some at a time: of each topic a beginning, which is consistent with the others, while writes go on.
 *
 * What the encoders have done comes first, and their vectors with it. Everything else of the events ends at marks that are taken only
 * after the vectors were read: an image that was changed meanwhile may have lost the vector of its earlier state to
 * compaction, and its later event is then in the file to be embedded. A letter that is named by an action, and an event
 * that is named by a letter, are in the file because the marks are taken in the opposite order.
 * @param onRecord called for each record. @throws what reading the log throws.
 */
export async function* exportLog(
  log: EventLog,
  header: ExportHeader,
  onRecord: (topic: string) => void = () => {},
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  const records: Record<string, number> = {};
  let chunk: Buffer[] = [encodeLine(header)];
  let chunkBytes = 0;
  for (const line of chunk) hash.update(line);
  for await (const record of recordsOf(log, header)) {
    const line = encodeLine(record);
    if (line.length > MAX_LINE_BYTES) throw tooLarge(record, line.length);
    hash.update(line);
    records[record.topic] = (records[record.topic] ?? 0) + 1;
    onRecord(record.topic);
    chunk.push(line);
    chunkBytes += line.length;
    if (chunkBytes < CHUNK_BYTES) continue;
    yield Buffer.concat(chunk);
    chunk = [];
    chunkBytes = 0;
  }
  const trailer: ExportTrailer = { records, sha256: hash.digest('hex') };
  yield Buffer.concat([...chunk, encodeLine(trailer)]);
}

async function* recordsOf(log: EventLog, header: ExportHeader): AsyncGenerator<LogRecord> {
  const { [IMAGE_EVENTS_TOPIC]: doneEvents = [], [DEAD_LETTER_ACTIONS_TOPIC]: doneActions = [] } = header.done;
  const has = (topic: string) => header.partitions[topic] !== undefined;
  const nothing: readonly number[] = [];
  yield* ranges(log, IMAGE_EVENTS_TOPIC, nothing, doneEvents);
  for (const { fingerprint } of header.encoders) yield* vectorsOf(log, imageVectorsTopic(fingerprint), doneEvents);
  const actionsEnd = has(DEAD_LETTER_ACTIONS_TOPIC) ? await endsOf(log, DEAD_LETTER_ACTIONS_TOPIC) : nothing;
  const lettersEnd = has(DEAD_LETTERS_TOPIC) ? await endsOf(log, DEAD_LETTERS_TOPIC) : nothing;
  const eventsEnd = await endsOf(log, IMAGE_EVENTS_TOPIC);
  yield* ranges(log, IMAGE_EVENTS_TOPIC, doneEvents, eventsEnd);
  yield* ranges(log, DEAD_LETTERS_TOPIC, nothing, lettersEnd);
  yield* ranges(log, DEAD_LETTER_ACTIONS_TOPIC, nothing, doneActions);
  yield* ranges(log, DEAD_LETTER_ACTIONS_TOPIC, doneActions, actionsEnd);
  for (const topic of SINGLE_PARTITION_TOPICS) {
    if (has(topic)) yield* ranges(log, topic, nothing, await endsOf(log, topic));
  }
}

async function endsOf(log: EventLog, topic: string): Promise<readonly number[]> {
  return (await log.watermarks(topic)).map(({ high }) => high);
}

/** One partition after the other. */
async function* ranges(
  log: EventLog,
  topic: string,
  from: readonly number[],
  to: readonly number[],
): AsyncGenerator<LogRecord> {
  for (const [partition, end] of to.entries()) {
    const begin = from[partition] ?? 0;
    if (begin < end) yield* log.read({ topic, partition, from: begin, to: end });
  }
}

/** Those of events that are done. The others are made again from their events. */
async function* vectorsOf(log: EventLog, topic: string, done: readonly number[]): AsyncGenerator<LogRecord> {
  for (const { partition } of await log.watermarks(topic)) {
    for await (const record of log.read({ topic, partition, from: 0 })) {
      if (isOfDone(record, done)) yield record;
    }
  }
}

function isOfDone(record: LogRecord, done: readonly number[]): boolean {
  const vector = nullIfOutcome(() => decodeVectorRecord(record));
  // What cannot be read is for the index stage to set aside, here or there.
  return vector === null || vector.version < (done[partitionOf(vector.imageId, done.length)] ?? 0);
}

function tooLarge({ topic, partition, offset }: LogRecord, sizeBytes: number): LookalikeError {
  return new LookalikeError(
    'record-too-large',
    `Record ${partition}-${offset} of ${topic} is too large for an export.`,
    {
      facts: { topic, partition, offset, sizeBytes, limit: MAX_LINE_BYTES },
    },
  );
}
