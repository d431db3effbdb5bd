import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type EventLog,
  type Generation,
  type ImageEvent,
  imageVectorsTopic,
  type Position,
  type StateCounts,
  type StoredRecord,
  type VectorIndex,
  type Watermarks,
} from '#core';
import { decodeFor } from '../index-stage.js';
import type { BucketFiles } from './bucket-files.js';
import { RECORDS_PER_TURN, visitEvents } from './logged-events.js';

/** What the sides of the join are read from. */
export interface AuditedPorts {
  readonly log: EventLog;
  readonly index: VectorIndex;
  readonly generation: Pick<Generation, 'name' | 'schema'>;
  readonly signal?: AbortSignal | undefined;
}

const SCAN_BATCH = 1_000;

/**
 * Every valid event below the watermarks, later ones of a partition after earlier ones; `detail` is the hash of its
 * blob, where blobs are asked for.
 */
export async function spillEvents(
  { log, signal }: Pick<AuditedPorts, 'log' | 'signal'>,
  watermarks: readonly Watermarks[],
  withBlobs: boolean,
  files: BucketFiles,
): Promise<{ readonly events: number; readonly unreadableEvents: number }> {
  let [events, unreadableEvents] = [0, 0];
  for (const { partition, low, high } of watermarks) {
    const range = { log, partition, from: low, to: high, partitions: watermarks.length, signal };
    await visitEvents(range, ({ offset: version }, event) => {
      if (event === null) {
        unreadableEvents += 1;
        return undefined;
      }
      events += 1;
      const state = event.kind === 'deleted' ? 'deleted' : 'ready';
      return files.add(event.imageId, { version, state, detail: withBlobs ? blobOf(event) : '' });
    });
  }
  await files.finish();
  return { events, unreadableEvents };
}

/** As 32 characters of Latin-1; empty where the image is not in the blob store. */
function blobOf(event: ImageEvent): string {
  if (event.kind === 'deleted' || event.state.uri !== `blob:${event.state.sha256}`) return '';
  return Buffer.from(event.state.sha256, 'hex').toString('latin1');
}

/** Every record of the generation; `detail` is the code of a failure. */
export async function spillIndex(
  { index, generation, signal }: AuditedPorts,
  files: BucketFiles,
): Promise<StateCounts> {
  const counts = { ready: 0, failed: 0, deleted: 0 };
  for await (const records of index.scan({ generation: generation.name, batchSize: SCAN_BATCH })) {
    signal?.throwIfAborted();
    for (const record of records) {
      counts[record.state] += 1;
      const written = files.add(record.imageId, indexedEntry(record));
      if (written !== undefined) await written;
    }
    await nextTurn();
  }
  await files.finish();
  return counts;
}

/** The reason is cut to what an entry takes; codes are shorter. */
export function indexedEntry(record: StoredRecord) {
  const { version, state } = record;
  return { version, state, detail: state === 'failed' ? record.reason.code.slice(0, 64) : '' };
}

/** Vector records that the generation can take and has not taken yet. */
export async function spillBacklog(
  { log, generation, signal }: AuditedPorts,
  indexed: readonly Position[],
  vectorsEnd: readonly Position[],
  files: BucketFiles,
): Promise<void> {
  const topic = imageVectorsTopic(generation.schema.encoder.fingerprint);
  let read = 0;
  for (const [at, { partition, offset: to }] of vectorsEnd.entries()) {
    for await (const source of log.read({ topic, partition, from: indexed[at]?.offset ?? 0, to })) {
      read += 1;
      if (read % RECORDS_PER_TURN === 0) {
        await nextTurn();
        signal?.throwIfAborted();
      }
      const decoded = decodeFor(generation, source);
      if (!('record' in decoded)) continue;
      const { imageId, version, state } = decoded.record;
      const written = files.add(imageId, { version, state, detail: '' });
      if (written !== undefined) await written;
    }
  }
  await files.finish();
}
