import {
  type BlobStore,
  decodeImageEvent,
  type EventLog,
  IMAGE_EVENTS_TOPIC,
  type ImageEvent,
  type LogRecord,
  type NamedVectors,
  type StoredRecord,
  type VectorIndex,
} from '#core';
import { cosine, recordsOf, stateOf } from '#testkit';
import { DAMAGED, LATE } from './encoders.js';

/** What an event makes of its image. */
export interface Folded {
  readonly version: number;
  readonly state: 'ready' | 'failed' | 'deleted';
  readonly image?: unknown;
  readonly sha256?: string;
}

/** `null` for a record that is no event: it changes no image. */
export function readEvent(record: LogRecord): ImageEvent | null {
  try {
    return decodeImageEvent(record);
  } catch {
    return null;
  }
}

/** The fold, computed from the events alone, and from whether the late picture has come by now. */
export async function expectedFold(log: EventLog, blobs: BlobStore): Promise<Map<string, Folded>> {
  const fold = new Map<string, Folded>();
  const isLateThere = (await blobs.stat(stateOf(LATE).sha256)) !== null;
  const bad = [DAMAGED, ...(isLateThere ? [] : [LATE])].map((it) => stateOf(it).sha256);
  for (const record of await recordsOf(log, IMAGE_EVENTS_TOPIC)) {
    const event = readEvent(record);
    if (event === null) continue;
    const version = record.offset;
    if (event.kind === 'deleted') {
      fold.set(event.imageId, { version, state: 'deleted' });
      continue;
    }
    const { sha256 } = event.state;
    const state = bad.includes(sha256) ? 'failed' : 'ready';
    fold.set(event.imageId, { version, state, image: event.state, ...(state === 'ready' && { sha256 }) });
  }
  return fold;
}

/** With its vectors, one generation. */
export async function contentsOf(index: VectorIndex, generation: string): Promise<Map<string, StoredRecord>> {
  const found = new Map<string, StoredRecord>();
  for await (const records of index.scan({ generation, withVectors: true })) {
    for (const record of records) found.set(record.imageId, record);
  }
  return found;
}

/** What of a stored record the log decides, with the picture that its vectors are of, as far as they are of one. */
export function essence(record: StoredRecord, vectorsOf: (sha256: string) => NamedVectors): Folded {
  const { version, state } = record;
  if (state === 'deleted') return { version, state };
  const { image } = record;
  if (state === 'failed') return { version, state, image };
  const [found, wanted] = [record.vectors?.fc, vectorsOf(image.sha256).fc];
  const isOfIt = found !== undefined && wanted !== undefined && cosine(found, wanted) > 1 - 1e-5;
  return { version, state, image, sha256: isOfIt ? image.sha256 : 'not what this encoder makes of the picture' };
}
