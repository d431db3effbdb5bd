import { randomUUID } from 'node:crypto';
import {
  COPY_LINKS_TOPIC,
  DEAD_LETTER_ACTIONS_TOPIC,
  DEAD_LETTERS_TOPIC,
  type DeletedRecord,
  type EventLog,
  encodeCopyLinks,
  encodeDeadLetterAction,
  encodeImageEvent,
  IMAGE_EVENTS_TOPIC,
  type ImageId,
  imageVectorsTopic,
  LookalikeError,
  type Position,
} from '#core';
import { LetterStates } from '../dead-letters/letter-states.js';
import { type DecidedState, unusedVectors, usedFingerprints } from '../generations/decided-state.js';
import { redrivenDeletions } from '../redriven-record.js';
import { type ErasedBlobs, eraseBlobs } from './erase-blobs.js';
import type { EraseOptions } from './erase-options.js';
import { thumbnailsInIndex, Waits } from './generation-waits.js';
import {
  copyLinksOf,
  eventsOf,
  type LetterOf,
  lettersOf,
  type Reading,
  thumbnailsIn,
  vectorsLeft,
} from './image-records.js';

/** What stays in the log's files beside the id and its deletion, and until when. */
export interface Remains {
  readonly topic: string;
  /** Records of it that can still be read; `null` where only its files may hold them. */
  readonly records: number | null;
  /** When they are gone, in milliseconds since 1970, UTC; `null`: with the topic. */
  readonly goneAtMs: number | null;
}

export interface Erasure extends ErasedBlobs {
  readonly imageId: ImageId;
  /** In `image-events`: the id and its deletion, which stay for as long as the topic does. */
  readonly deletion: Position;
  /** Generations whose stages have not come to the deletion yet. While there are any, not all is erased: ask again. */
  readonly waitingFor: readonly string[];
  readonly deadLetters: number;
  readonly remains: readonly Remains[];
}

const SOURCE = '/lookalike/erase';

/**
 * Deletes an image, and everything of it that a deletion leaves in its place: pictures, thumbnails, vectors and attributes in
 * every generation and every topic, dead letters, earlier events. Each step may be repeated, so after a fault, or a death, the
 * same call goes on. What comes in of the image behind the deletion is a new one.
 * @throws `image-unknown` when the log has nothing of it; faults of the ports, the signal's reason.
 */
export async function eraseImage(options: EraseOptions, imageId: ImageId): Promise<Erasure> {
  const { log, signal } = options;
  const waits = new Waits(options);
  const inIndex = await thumbnailsInIndex(options, imageId);
  const deletion = await deletionOf({ log, imageId, signal });
  const nothing = { imageId, deletion, waitingFor: [], deadLetters: 0, blobsDeleted: 0, blobsShared: 0, remains: [] };
  const waitingFor = await waits.untilDeleted(imageId, deletion);
  if (waitingFor.length > 0) return { ...nothing, waitingFor };

  // Only now: until then a stage that was behind may have set aside, or embedded, an earlier event.
  const reading: Reading = { log, imageId, before: deletion.offset, signal };
  const [events, letters] = [await eventsOf(reading), await lettersOf(reading)];
  const deadLetters = await closeLetters(options, letters);
  const redriving = letters.length === 0 ? [] : await waits.untilRedriven();
  if (redriving.length > 0) return { ...nothing, waitingFor: redriving, deadLetters };

  const decided = await options.generations.decided();
  const inLog = await Promise.all(usedFingerprints(decided).map((it) => thumbnailsIn(reading, it)));
  const blobs = await eraseBlobs(options, reading, new Set([...events.pictures, ...inIndex, ...inLog.flat()]));
  // Afterwards: vectors and events tell which blobs there were, events the keys of vectors.
  const vectors = await eraseVectors(reading, decided, { deletion, events: events.positions, letters });
  const lettersLeft = await forgetLetters(log, letters);
  const eventsLeft = await forgotten(log, IMAGE_EVENTS_TOPIC, events.positions);
  const linksLeft = await forgetCopyLinks(reading);
  const remains = [eventsLeft, lettersLeft, linksLeft, ...vectors].filter((it) => it !== null);
  return { ...nothing, ...blobs, deadLetters, remains };
}

/** The deletion that stands behind everything else of the image: one that is there, or a new one. */
async function deletionOf(reading: Reading): Promise<Position> {
  const { log, imageId } = reading;
  const { positions, deletion } = await eventsOf(reading);
  if (deletion !== null) return deletion;
  if (positions.length === 0 && (await lettersOf(reading)).length === 0) {
    throw new LookalikeError('image-unknown', `The log has nothing of image ${imageId}.`, { facts: { imageId } });
  }
  const event = { kind: 'deleted', imageId, eventId: randomUUID(), source: SOURCE, timeMs: Date.now() } as const;
  const [position] = await log.append(IMAGE_EVENTS_TOPIC, [encodeImageEvent(event)]);
  if (position === undefined) throw new LookalikeError('internal', 'The log gave no position.');
  return position;
}

/** Nobody sees them from here on, or sends them again. @returns how many were not erased before. */
async function closeLetters({ log, by }: EraseOptions, letters: readonly LetterOf[]): Promise<number> {
  if (letters.length === 0) return 0;
  const states = new LetterStates(log);
  while (!(await states.catchUp()));
  const atMs = Date.now();
  const actions = letters
    .filter(({ id }) => states.stateOf(id) !== 'erased')
    .map(({ id }) => encodeDeadLetterAction({ letter: id, action: 'erased', by, atMs }));
  await log.append(DEAD_LETTER_ACTIONS_TOPIC, actions);
  return actions.length;
}

async function forgetLetters(log: EventLog, letters: readonly LetterOf[]): Promise<Remains | null> {
  if (letters.length === 0) return null;
  const last = letters.filter(({ isSuperseded }) => !isSuperseded);
  await log.append(
    DEAD_LETTERS_TOPIC,
    last.map(({ key }) => ({ key, value: null, headers: {} })),
  );
  return forgotten(
    log,
    DEAD_LETTERS_TOPIC,
    letters.map(({ id }) => id),
  );
}

/** The stage that looks for copies writes nothing more of an image that the index has deleted. */
async function forgetCopyLinks(reading: Reading): Promise<Remains | null> {
  const { log, imageId } = reading;
  const positions = await copyLinksOf(reading);
  if (positions.length === 0) return null;
  await log.append(COPY_LINKS_TOPIC, [encodeCopyLinks({ imageId, picture: null })]);
  return forgotten(log, COPY_LINKS_TOPIC, positions);
}

interface Traces {
  readonly deletion: Position;
  readonly events: readonly Position[];
  readonly letters: readonly LetterOf[];
}

/**
 * The stages have put the deletion under the image's key; it goes under the keys of what was embedded once more too. A topic that
 * no stage fills keeps what it has: under the image's key nobody else may write, or an older record would supersede a newer one.
 */
async function eraseVectors(
  reading: Reading,
  decided: DecidedState,
  { deletion, events, letters }: Traces,
): Promise<readonly (Remains | null)[]> {
  const { log, imageId } = reading;
  const record: DeletedRecord = { state: 'deleted', imageId, version: deletion.offset, eventTimeMs: Date.now() };
  const originals = [
    ...events.map((it) => ({ topic: IMAGE_EVENTS_TOPIC, ...it })),
    ...letters.map(({ original }) => original),
  ];
  const deletions = originals.flatMap((it) => redrivenDeletions(record, it));
  const superseded = usedFingerprints(decided).map(async (fingerprint) => {
    const topic = imageVectorsTopic(fingerprint);
    await log.append(topic, deletions);
    return forgotten(log, topic, []);
  });
  const keys = new Set([String(reading.imageId), ...deletions.flatMap(({ key }) => key ?? [])]);
  const left = unusedVectors(decided).map(async ({ fingerprint }) => {
    const records = await vectorsLeft(reading, fingerprint, keys);
    return records === 0 ? null : { topic: imageVectorsTopic(fingerprint), records, goneAtMs: null };
  });
  return Promise.all([...superseded, ...left]);
}

async function forgotten(log: EventLog, topic: string, positions: readonly Position[]): Promise<Remains | null> {
  const goneInMs = await log.forget(topic, positions);
  if (goneInMs === 0) return null;
  const records = positions.length === 0 ? null : positions.length;
  return { topic, records, goneAtMs: goneInMs === null ? null : Date.now() + goneInMs };
}
