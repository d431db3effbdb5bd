import {
  DEAD_LETTERS_TOPIC,
  type DeadLetterId,
  decodeDeadLetter,
  decodeVectorRecord,
  type EventLog,
  IMAGE_EVENTS_TOPIC,
  type ImageId,
  type LogRecord,
  type Position,
  partitionOf,
} from '#core';
import { loggedEvent } from '../logged-event.js';
import { nullIfOutcome } from '../outcome.js';

/** What `image-events` holds of one image. */
export interface ImageEvents {
  /** Of all records with its key, events or not, in their order. */
  readonly positions: readonly Position[];
  /** Where its deletion stands, if nothing stands behind it. */
  readonly deletion: Position | null;
  /** SHA-256 of the pictures that it had. */
  readonly pictures: ReadonlySet<string>;
}

/** Reads one partition from its beginning. @throws `topic-unknown`, `log-unavailable`, the signal's reason. */
export async function eventsOf(log: EventLog, imageId: ImageId, signal?: AbortSignal): Promise<ImageEvents> {
  const partitions = (await log.watermarks(IMAGE_EVENTS_TOPIC)).length;
  const partition = partitionOf(imageId, partitions);
  const positions: Position[] = [];
  const pictures = new Set<string>();
  let deletion: Position | null = null;
  for await (const record of log.read({ topic: IMAGE_EVENTS_TOPIC, partition, from: 0 })) {
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
export async function lettersOf(log: EventLog, imageId: ImageId, signal?: AbortSignal): Promise<readonly LetterOf[]> {
  const letters: LetterOf[] = [];
  for (const { partition } of await log.watermarks(DEAD_LETTERS_TOPIC)) {
    for await (const record of log.read({ topic: DEAD_LETTERS_TOPIC, partition, from: 0 })) {
      signal?.throwIfAborted();
      if (record.value === null) supersede(letters, record);
      const letter = nullIfOutcome(() => decodeDeadLetter(record));
      if (letter === null || !isOf(imageId, letter.original)) continue;
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

function isOf(imageId: ImageId, original: LogRecord): boolean {
  if (original.key === imageId) return true;
  return nullIfOutcome(() => decodeVectorRecord(original))?.imageId === imageId;
}
