import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  DEAD_LETTERS_TOPIC,
  decodeDeadLetter,
  decodeGenerationEvent,
  decodeImageEvent,
  decodeVectorRecord,
  type EventLog,
  IMAGE_EVENTS_TOPIC,
  type ImageEvent,
  type ImageId,
  INDEX_GENERATIONS_TOPIC,
  imageVectorsTopic,
  isLookalikeError,
  type LogRecord,
  LookalikeError,
  type Version,
  type Watermarks,
} from '#core';
import { RECORDS_PER_TURN } from '../audit/logged-events.js';
import { LetterStates } from '../dead-letters/letter-states.js';
import { originalOf } from '../dead-letters/redrive-stage.js';
import { afterDecision, NOTHING_DECIDED } from '../generations/decided-state.js';
import { nullIfOutcome } from '../outcome.js';

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
export async function knownFingerprints(source: ReferenceSource): Promise<ReadonlySet<string>> {
  let state = NOTHING_DECIDED;
  await visitRecords(source, INDEX_GENERATIONS_TOPIC, (record) => {
    // What is no decision changes nothing.
    const event = nullIfOutcome(() => decodeGenerationEvent(record));
    if (event !== null && record.key !== null) state = afterDecision(state, record.key, event);
    return undefined;
  });
  const generations = [...state.places.values()].flatMap((it) => [...it.values()]);
  return new Set(generations.map(({ schema }) => schema.encoder.fingerprint));
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
  await visitRecords(source, imageVectorsTopic(fingerprint), (log) => {
    const record = nullIfOutcome(() => decodeVectorRecord(log));
    if (record === null) return undefined;
    return visit(record.imageId, record.version, record.state === 'ready' ? record.thumbnail : null);
  });
}

/** What the originals of dead letters refer to that are open, or are being sent again. */
export async function* openLetterReferences(
  source: ReferenceSource,
): AsyncGenerator<{ readonly key: string | null; readonly sha256: string }> {
  const { log } = source;
  const states = new LetterStates(log);
  while (!(await states.catchUp()));
  for (const { partition, low, high } of await log.watermarks(DEAD_LETTERS_TOPIC)) {
    for await (const record of log.read({ topic: DEAD_LETTERS_TOPIC, partition, from: low, to: high })) {
      source.signal?.throwIfAborted();
      if (!['open', 'redriving'].includes(states.stateOf(record))) continue;
      const letter = nullIfOutcome(() => decodeDeadLetter(record));
      const original = letter === null ? null : await nullIfUnknownTopic(originalOf(log, letter));
      const sha256 = original === null ? null : referenceOf(original);
      if (original !== null && sha256 !== null) yield { key: original.key, sha256 };
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

async function visitRecords(
  { log, signal }: ReferenceSource,
  topic: string,
  visit: (record: LogRecord) => Promise<void> | undefined,
): Promise<void> {
  let read = 0;
  for (const { partition, low, high } of (await nullIfUnknownTopic(log.watermarks(topic))) ?? []) {
    for await (const record of log.read({ topic, partition, from: low, to: high })) {
      read += 1;
      if (read % RECORDS_PER_TURN === 0) {
        await nextTurn();
        signal?.throwIfAborted();
      }
      const visited = visit(record);
      if (visited !== undefined) await visited;
    }
  }
}

/** A topic that is not made yet, or was dropped, refers to nothing. */
async function nullIfUnknownTopic<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (isLookalikeError(error) && error.code === 'topic-unknown') return null;
    throw error;
  }
}
