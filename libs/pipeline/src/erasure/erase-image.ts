import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BlobStore,
  DEAD_LETTER_ACTIONS_TOPIC,
  DEAD_LETTERS_TOPIC,
  type DeletedRecord,
  type EventLog,
  encodeDeadLetterAction,
  encodeImageEvent,
  IMAGE_EVENTS_TOPIC,
  type ImageId,
  imageVectorsTopic,
  isLookalikeError,
  LookalikeError,
  type Position,
  type StoredRecord,
  type VectorIndex,
} from '#core';
import { knownFingerprints } from '../blob-collection/log-references.js';
import { referencedAmong } from '../blob-collection/references.js';
import { LetterStates } from '../dead-letters/letter-states.js';
import type { Generations } from '../generations/generations.js';
import { redrivenDeletions } from '../redriven-record.js';
import { eventsOf, type LetterOf, lettersOf } from './image-records.js';

export interface EraseOptions {
  readonly log: EventLog;
  readonly index: VectorIndex;
  readonly blobs: BlobStore;
  readonly generations: Pick<Generations, 'current'>;
  /** How long the stages are waited for, in milliseconds. */
  readonly waitMs: number;
  /** Who asked: the name of a key; `null` when there are no keys. */
  readonly by: string | null;
  readonly signal?: AbortSignal;
}

/** What stays in the log's files beside the id and its deletion, and until when. */
export interface Remains {
  readonly topic: string;
  /** Records of it that can still be read; `null` where only its files may hold them. */
  readonly records: number | null;
  /** When they are gone, in milliseconds since 1970, UTC; `null`: with the topic. */
  readonly goneAtMs: number | null;
}

export interface Erasure {
  readonly imageId: ImageId;
  /** In `image-events`: the id and its deletion, which stay for as long as the topic does. */
  readonly deletion: Position;
  /** Generations that do not have the deletion yet. While there are any, nothing else is erased: ask again. */
  readonly waitingFor: readonly string[];
  readonly deadLetters: number;
  readonly blobsDeleted: number;
  /** Pictures and thumbnails that other images have too. */
  readonly blobsShared: number;
  readonly remains: readonly Remains[];
}

const SOURCE = '/lookalike/erase';
const POLL_MS = 100;

/**
 * Deletes an image, and everything of it that a deletion leaves in its place: pictures, thumbnails, vectors and attributes in
 * every generation and every topic, dead letters, earlier events. Each step may be repeated, so after a fault, or a death, the
 * same call goes on. What comes in of the image afterwards is a new one.
 * @throws `image-unknown` when the log has nothing of it; faults of the ports, the signal's reason.
 */
export async function eraseImage(options: EraseOptions, imageId: ImageId): Promise<Erasure> {
  const { log, signal } = options;
  const events = await eventsOf(log, imageId, signal);
  const letters = await lettersOf(log, imageId, signal);
  if (events.positions.length + letters.length === 0) throw unknown(imageId);
  const names = [...(await options.generations.current()).keys()];
  const thumbnails = await thumbnailsOf(options, imageId, names);
  const deletion = events.deletion ?? (await deleteImage(log, imageId));
  const nothing = { imageId, deletion, deadLetters: 0, blobsDeleted: 0, blobsShared: 0, remains: [] };
  const waitingFor = await untilDeleted(options, imageId, deletion);
  if (waitingFor.length > 0) return { ...nothing, waitingFor };

  const earlier = events.positions.filter(({ offset }) => offset < deletion.offset);
  const vectors = await eraseVectors(options, { imageId, deletion, earlier, letters });
  const lettersLeft = await eraseLetters(options, letters);
  const blobs = await eraseBlobs(options, imageId, { pictures: events.pictures, thumbnails });
  // Last: they tell what there is to erase.
  const eventsLeft = await forgotten(log, IMAGE_EVENTS_TOPIC, earlier);
  const remains = [eventsLeft, lettersLeft.remains, ...vectors].filter((it) => it !== null);
  return { ...nothing, waitingFor, ...blobs, deadLetters: lettersLeft.erased, remains };
}

async function deleteImage(log: EventLog, imageId: ImageId): Promise<Position> {
  const event = { kind: 'deleted', imageId, eventId: randomUUID(), source: SOURCE, timeMs: Date.now() } as const;
  const [position] = await log.append(IMAGE_EVENTS_TOPIC, [encodeImageEvent(event)]);
  if (position === undefined) throw new LookalikeError('internal', 'The log gave no position.');
  return position;
}

/** Those of the generations; what an earlier one had is not referred to any more, and is collected like all of that. */
async function thumbnailsOf({ index }: EraseOptions, imageId: ImageId, generations: readonly string[]) {
  const stored = await Promise.all(generations.map((it) => storedIn(index, it, imageId)));
  return stored.flatMap((it) => (it?.state === 'ready' ? [it.thumbnail] : []));
}

/** @returns the generations that do not have the deletion when the time is up. */
async function untilDeleted(
  { index, generations, waitMs, signal }: EraseOptions,
  imageId: ImageId,
  { offset }: Position,
): Promise<readonly string[]> {
  const until = performance.now() + waitMs;
  for (;;) {
    signal?.throwIfAborted();
    const names = [...(await generations.current()).keys()];
    const stored = await Promise.all(names.map((it) => storedIn(index, it, imageId)));
    // One that is not in the index holds nothing. One that never had the image gets its deletion all the same.
    const waitingFor = names.filter((_, at) => {
      const record = stored[at];
      return record !== null && (record === undefined || record.version < offset);
    });
    if (waitingFor.length === 0 || performance.now() >= until) return waitingFor;
    await sleep(POLL_MS);
  }
}

/** `undefined` of an image that the generation does not know, `null` of a generation that is not there. */
async function storedIn(
  index: VectorIndex,
  generation: string,
  imageId: ImageId,
): Promise<StoredRecord | undefined | null> {
  try {
    return (await index.fetch([imageId], { generation }))[0];
  } catch (error) {
    if (isLookalikeError(error) && error.code === 'generation-unknown') return null;
    throw error;
  }
}

interface Traces {
  readonly imageId: ImageId;
  readonly deletion: Position;
  /** Events before the deletion. */
  readonly earlier: readonly Position[];
  readonly letters: readonly LetterOf[];
}

/**
 * The stages have put the deletion under the image's key; it goes under the keys of what was embedded once more too. A topic that
 * no stage fills keeps what it has: under the image's key nobody else may write, or an older record would supersede a newer one.
 */
async function eraseVectors(
  { log, generations, signal }: EraseOptions,
  { imageId, deletion, earlier, letters }: Traces,
): Promise<readonly (Remains | null)[]> {
  const inUse = new Set([...(await generations.current()).values()].map(({ schema }) => schema.encoder.fingerprint));
  const record: DeletedRecord = { state: 'deleted', imageId, version: deletion.offset, eventTimeMs: Date.now() };
  const originals = [
    ...earlier.map((it) => ({ topic: IMAGE_EVENTS_TOPIC, ...it })),
    ...letters.map(({ original }) => original),
  ];
  const deletions = originals.flatMap((it) => redrivenDeletions(record, it));
  const fingerprints = await knownFingerprints({ log, signal });
  return Promise.all(
    [...fingerprints].map(async (fingerprint) => {
      const topic = imageVectorsTopic(fingerprint);
      if (!inUse.has(fingerprint)) return { topic, records: null, goneAtMs: null };
      await log.append(topic, deletions);
      return forgotten(log, topic, []);
    }),
  );
}

/** What was done is written first: whoever reads a letter that is still there knows that it is none any more. */
async function eraseLetters({ log, by }: EraseOptions, letters: readonly LetterOf[]) {
  if (letters.length === 0) return { erased: 0, remains: null };
  const states = new LetterStates(log);
  while (!(await states.catchUp()));
  const atMs = Date.now();
  const ids = letters.map(({ id }) => id);
  const actions = ids
    .filter((it) => states.stateOf(it) !== 'erased')
    .map((letter) => encodeDeadLetterAction({ letter, action: 'erased', by, atMs }));
  await log.append(DEAD_LETTER_ACTIONS_TOPIC, actions);
  const last = letters.filter(({ isSuperseded }) => !isSuperseded);
  await log.append(
    DEAD_LETTERS_TOPIC,
    last.map(({ key }) => ({ key, value: null, headers: {} })),
  );
  return { erased: actions.length, remains: await forgotten(log, DEAD_LETTERS_TOPIC, ids) };
}

/** A thumbnail that another image has too is made again when somebody asks for it. */
async function eraseBlobs(
  { log, blobs, signal }: EraseOptions,
  except: ImageId,
  { pictures, thumbnails }: { readonly pictures: ReadonlySet<string>; readonly thumbnails: readonly string[] },
) {
  const shared = await referencedAmong({ log, signal, except }, pictures);
  const own = [...pictures].filter((it) => !shared.has(it));
  const deleted = await Promise.all([...own, ...new Set(thumbnails)].map((it) => blobs.delete(it)));
  return { blobsDeleted: deleted.filter((it) => it).length, blobsShared: shared.size };
}

async function forgotten(log: EventLog, topic: string, positions: readonly Position[]): Promise<Remains | null> {
  const goneInMs = await log.forget(topic, positions);
  if (goneInMs === 0) return null;
  const records = positions.length === 0 ? null : positions.length;
  return { topic, records, goneAtMs: goneInMs === null ? null : Date.now() + goneInMs };
}

function unknown(imageId: ImageId): LookalikeError {
  return new LookalikeError('image-unknown', `The log has nothing of image ${imageId}.`, { facts: { imageId } });
}
