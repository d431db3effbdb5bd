import {
  COPY_LINKS_TOPIC,
  DEAD_LETTERS_TOPIC,
  type DeadLetterId,
  decodeDeadLetter,
  decodeVectorRecord,
  type EventLog,
  IMAGE_EVENTS_TOPIC,
  imageVectorsTopic,
  type LogRecord,
  nullIfOutcome,
  type Position,
  partitionOf,
  unlessUnknown,
} from '#core';
import { type ImagePast, isOfPast } from '../image-past.js';
import { loggedEvent } from '../logged-event.js';

/** What `image-events` holds of one image, up to a place of its partition. */
export interface ImageEvents {
  /** Of all records with its key, events or not, in their order. */
  readonly positions: readonly Position[];
  /** Where its deletion stands, if nothing stands behind it. */
  readonly deletion: Position | null;
  /** SHA-256 of the pictures that it had. */
  readonly pictures: ReadonlySet<string>;
}

export interface Reading extends ImagePast {
  readonly log: EventLog;
  readonly signal?: AbortSignal | undefined;
}

/** Reads one partition from its beginning. @throws `topic-unknown`, `log-unavailable`, the signal's reason. */
export async function eventsOf({ log, imageId, before, signal }: Reading): Promise<ImageEvents> {
  const partitions = (await log.watermarks(IMAGE_EVENTS_TOPIC)).length;
  const partition = partitionOf(imageId, partitions);
  const positions: Position[] = [];
  const pictures = new Set<string>();
  let deletion: Position | null = null;
  const range = { topic: IMAGE_EVENTS_TOPIC, partition, from: 0, ...(before !== undefined && { to: before }) };
  for await (const record of log.read(range)) {
    signal?.throwIfAborted();
    if (record.key !== imageId) continue;
    const position = { partition, offset: record.offset };
    positions.push(position);
    const event = loggedEvent(record, partitions);
    deletion = event?.kind === 'deleted' ? position : null;
    if (event !== null && event.kind !== 'deleted') pictures.add(event.state.sha256);
  }
  return { positions, deletion, pictures };
}

/** One letter of an image whose bytes are still there, and where what it set aside stands. */
export interface LetterOf {
  readonly id: DeadLetterId;
  readonly key: string;
  readonly original: Pick<LogRecord, 'topic'> & Position;
  /** Whether a record without a value stands behind it, under its key. */
  isSuperseded: boolean;
}

/**
 * Letters whose original is the image's, under its own key or another. Reads all letters, as their keys do not name the
 * image in every case. @throws `topic-unknown`, `log-unavailable`, the signal's reason.
 */
export async function lettersOf(reading: Reading): Promise<readonly LetterOf[]> {
  const { log, signal } = reading;
  const letters: LetterOf[] = [];
  for (const { partition } of await log.watermarks(DEAD_LETTERS_TOPIC)) {
    for await (const record of log.read({ topic: DEAD_LETTERS_TOPIC, partition, from: 0 })) {
      signal?.throwIfAborted();
      if (record.value === null) supersede(letters, record);
      const letter = nullIfOutcome(() => decodeDeadLetter(record));
      if (letter === null || !isOfPast(reading, letter.original)) continue;
      const { topic, partition: at, offset } = letter.original;
      const original = { topic, partition: at, offset };
      letters.push({ id: { partition, offset: record.offset }, key: record.key ?? '', original, isSuperseded: false });
    }
  }
  return letters;
}

function supersede(letters: readonly LetterOf[], { partition, key }: LogRecord): void {
  for (const it of letters) if (it.id.partition === partition && it.key === key) it.isSuperseded = true;
}

/** Of its vector records that are still there. Reads one partition from its beginning. */
export async function thumbnailsIn(
  { log, imageId, before = Number.POSITIVE_INFINITY, signal }: Reading,
  fingerprint: string,
): Promise<readonly string[]> {
  const topic = imageVectorsTopic(fingerprint);
  const partition = partitionOf(imageId, (await log.watermarks(topic)).length);
  const thumbnails: string[] = [];
  for await (const record of log.read({ topic, partition, from: 0 })) {
    signal?.throwIfAborted();
    const vectors = record.key === imageId ? nullIfOutcome(() => decodeVectorRecord(record)) : null;
    if (vectors?.state === 'ready' && vectors.version < before) thumbnails.push(vectors.thumbnail);
  }
  return thumbnails;
}

/** Places of what was found of its copies. Reads one partition from its beginning; none where nobody looks for copies. */
export async function copyLinksOf({ log, imageId, signal }: Reading): Promise<readonly Position[]> {
  const topic = COPY_LINKS_TOPIC;
  const partitions = ((await unlessUnknown(log.watermarks(topic))) ?? []).length;
  if (partitions === 0) return [];
  const partition = partitionOf(imageId, partitions);
  const positions: Position[] = [];
  for await (const { key, value, offset } of log.read({ topic, partition, from: 0 })) {
    signal?.throwIfAborted();
    if (key === imageId && value !== null) positions.push({ partition, offset });
  }
  return positions;
}

/** How many records of its past a topic still has under these keys, that tell more of it than that it is gone. Reads the keys' partitions. */
export async function vectorsLeft(
  { log, imageId, before = Number.POSITIVE_INFINITY, signal }: Reading,
  fingerprint: string,
  keys: ReadonlySet<string>,
): Promise<number> {
  const topic = imageVectorsTopic(fingerprint);
  const partitions = ((await unlessUnknown(log.watermarks(topic))) ?? []).length;
  if (partitions === 0) return 0;
  let left = 0;
  for (const partition of new Set([...keys].map((key) => partitionOf(key, partitions)))) {
    for await (const record of log.read({ topic, partition, from: 0 })) {
      signal?.throwIfAborted();
      const found = keys.has(record.key ?? '') ? nullIfOutcome(() => decodeVectorRecord(record)) : null;
      if (found !== null && found.imageId === imageId && found.state !== 'deleted' && found.version < before) left += 1;
    }
  }
  return left;
}
