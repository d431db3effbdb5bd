import {
  DEAD_LETTERS_TOPIC,
  decodeDeadLetter,
  decodeImageEvent,
  decodeVectorRecord,
  type EventLog,
  IMAGE_EVENTS_TOPIC,
  type ImageEvent,
  type ImageId,
  imageVectorsTopic,
  type LogRecord,
  LookalikeError,
  nullIfOutcome,
  unlessUnknown,
  type Version,
  type Watermarks,
} from '#core';
import { visitRecords } from '../audit/logged-events.js';
import { LetterStates } from '../dead-letters/letter-states.js';
import { originalOf } from '../dead-letters/redrive-stage.js';
import { usedFingerprints } from '../generations/decided-state.js';
import { Generations } from '../generations/generations.js';

/** Where references to blobs are read from. */
export interface ReferenceSource {
  readonly log: EventLog;
  readonly signal?: AbortSignal | undefined;
}

/** The hash of the picture that an event needs in the store; `null` of one that needs none. */
export function pictureOf(event: ImageEvent): string | null {
  return event.kind !== 'deleted' && event.state.uri === `blob:${event.state.sha256}` ? event.state.sha256 : null;
}

/** Where the topic of the events ends. @throws `log-incomplete` when it has lost its beginning: nothing tells what that referred to. */
export async function wholeEvents({ log }: ReferenceSource): Promise<readonly Watermarks[]> {
  const marks = await log.watermarks(IMAGE_EVENTS_TOPIC);
  const partitions = marks.filter(({ low }) => low > 0);
  if (partitions.length === 0) return marks;
  throw new LookalikeError(
    'log-incomplete',
    'The log has lost its beginning, so nothing tells which pictures the events that are gone refer to.',
    { facts: { partitions } },
  );
}

/** Of all generations of all indexes that are filled from this log, whether live, kept, built or not gone yet. */
export async function knownFingerprints({ log }: ReferenceSource): Promise<readonly string[]> {
  const decided = await unlessUnknown(new Generations(log).decided());
  return decided === null ? [] : usedFingerprints(decided);
}

export type VisitThumbnail = (
  imageId: ImageId,
  version: Version,
  /** `null` of a record that has none. */
  thumbnail: string | null,
) => Promise<void> | undefined;

/** Every record of one encoder's vectors. Of one image there may be several, in any order. */
export async function visitThumbnails(
  source: ReferenceSource,
  fingerprint: string,
  visit: VisitThumbnail,
): Promise<void> {
  const topic = imageVectorsTopic(fingerprint);
  for (const { partition, low, high } of (await unlessUnknown(source.log.watermarks(topic))) ?? []) {
    await visitRecords({ ...source, topic, partition, from: low, to: high }, (logged) => {
      const record = nullIfOutcome(() => decodeVectorRecord(logged));
      if (record === null) return undefined;
      return visit(record.imageId, record.version, record.state === 'ready' ? record.thumbnail : null);
    });
  }
}

/** What the originals of dead letters refer to that are open, or are being sent again. */
export async function* openLetterReferences(
  source: ReferenceSource,
): AsyncGenerator<{ readonly original: LogRecord; readonly sha256: string }> {
  const { log } = source;
  const states = new LetterStates(log);
  while (!(await states.catchUp()));
  for (const { partition, low, high } of await log.watermarks(DEAD_LETTERS_TOPIC)) {
    for await (const record of log.read({ topic: DEAD_LETTERS_TOPIC, partition, from: low, to: high })) {
      source.signal?.throwIfAborted();
      if (!['open', 'redriving'].includes(states.stateOf(record))) continue;
      const letter = nullIfOutcome(() => decodeDeadLetter(record));
      const original = letter === null ? null : await unlessUnknown(originalOf(log, letter));
      const sha256 = original === null ? null : referenceOf(original);
      if (original !== null && sha256 !== null) yield { original, sha256 };
    }
  }
}

/** An event refers to a picture, a record of vectors to a thumbnail. */
function referenceOf(original: LogRecord): string | null {
  if (original.topic === IMAGE_EVENTS_TOPIC) {
    const event = nullIfOutcome(() => decodeImageEvent(original));
    return event === null ? null : pictureOf(event);
  }
  const record = nullIfOutcome(() => decodeVectorRecord(original));
  return record?.state === 'ready' ? record.thumbnail : null;
}
