import { setTimeout as pause } from 'node:timers/promises';
import {
  COPY_LINKS_TOPIC,
  type CopyLink,
  decodeVectorRecord,
  type EventLog,
  encodeCopyLinks,
  type Generation,
  type ImageId,
  imageVectorsTopic,
  type LogRecord,
  LookalikeError,
  type NewRecord,
  nullIfOutcome,
  type ReadyRecord,
  type VectorIndex,
  type VectorRecord,
} from '#core';
import type { BatchHandler } from '../batch-consumer.js';
import { indexGroup } from '../groups.js';
import { someAtOnce } from '../some-at-once.js';

/** Finds the pictures that an image of a generation is a copy of, among all that are searchable. */
export type FindCopies = (generation: Generation, record: ReadyRecord) => Promise<readonly CopyLink[]>;

export interface CopyLinksStageOptions {
  readonly log: EventLog;
  readonly index: Pick<VectorIndex, 'fetch'>;
  readonly generation: Generation;
  readonly findCopies: FindCopies;
  /** How long a batch waits for the index before it says so. Default: 3 s. */
  readonly patienceMs?: number;
}

/** Each has up to 200 candidates with their grey copies in memory. */
const COMPARED_AT_ONCE = 4;
const PAUSE_MS = 100;
/** Then the batch is begun again, and the fault says what it waits for. */
const PATIENCE_MS = 3_000;

/**
 * image-vectors.<fingerprint> → copy-links: each image is compared with all others once it is searchable itself. Of two copies that come
 * at the same time, whichever is compared later finds the other, since both were searchable before.
 */
export function createCopyLinksStage(options: CopyLinksStageOptions): BatchHandler {
  const { log, index, generation, findCopies } = options;
  return async (records) => {
    await untilIndexed(records, options);
    const newest = newestOfEach(records);
    const stored = await index.fetch([...newest.keys()], { generation: generation.name });
    const versions = new Map(stored.flatMap((it) => (it.state === 'ready' ? [[it.imageId, it.version]] : [])));
    const outcomes = await someAtOnce(
      COMPARED_AT_ONCE,
      [...newest.values()],
      async ({ source, record }): Promise<Outcome[]> => {
        const { imageId } = record;
        const version = versions.get(imageId);
        if (version === undefined) return [{ source, links: encodeCopyLinks({ imageId, picture: null }) }];
        // What is searchable has a record of its own, before or behind this one.
        if (record.state !== 'ready' || version !== record.version) return [];
        return [{ source, links: compared(record, await findCopies(generation, record)) }];
      },
    );
    return async (isOwned) => {
      const mine = outcomes.flat().flatMap(({ source, links }) => (isOwned(source) ? [links] : []));
      if (mine.length > 0) await log.append(COPY_LINKS_TOPIC, mine);
    };
  };
}

interface Outcome {
  readonly source: LogRecord;
  readonly links: NewRecord;
}

function compared({ imageId, version, eventTimeMs, image, width, height }: ReadyRecord, links: readonly CopyLink[]) {
  const { sha256, sizeBytes } = image;
  return encodeCopyLinks({ imageId, version, eventTimeMs, picture: { sha256, sizeBytes, width, height }, links });
}

/** Each image once. What is no record of vectors is for the index stage to set aside. */
function newestOfEach(records: readonly LogRecord[]) {
  const newest = new Map<ImageId, { readonly source: LogRecord; readonly record: VectorRecord }>();
  for (const source of records) {
    const record = nullIfOutcome(() => decodeVectorRecord(source));
    const known = record === null ? undefined : newest.get(record.imageId);
    if (record !== null && (known === undefined || known.record.version <= record.version)) {
      newest.set(record.imageId, { source, record });
    }
  }
  return newest;
}

/** @throws `overloaded` while the generation is far behind. */
async function untilIndexed(
  records: readonly LogRecord[],
  { log, generation, patienceMs = PATIENCE_MS }: CopyLinksStageOptions,
): Promise<void> {
  const topic = imageVectorsTopic(generation.schema.encoder.fingerprint);
  const endMs = performance.now() + patienceMs;
  for (;;) {
    const indexed = await log.committed(topic, indexGroup(generation.name));
    if (records.every(({ partition, offset }) => offset < (indexed.get(partition) ?? 0))) return;
    if (performance.now() > endMs) {
      throw new LookalikeError('overloaded', 'Images are compared once they are searchable, and the index is behind.');
    }
    await pause(PAUSE_MS);
  }
}
