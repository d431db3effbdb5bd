import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ImageId, imageVectorsTopic, isImageId, type LogRecord, type VectorRecord } from '#core';
import { decodeFor } from '../index-stage.js';
import { RECORDS_PER_TURN } from './logged-events.js';
import type { AuditedPorts } from './spilled-sides.js';

/** A record of one of the images, or why the generation cannot take it. */
export type FoundRecord =
  | { readonly imageId: ImageId; readonly record: VectorRecord; readonly sizeBytes: number }
  | { readonly imageId: ImageId; readonly refused: string };

/**
 * All records of some images in the topic of the vectors, up to where it ends now, whichever keys they have
 * (docs/adr/0013). Reads the whole topic, but of other images' records only the keys.
 */
export async function* recordsOfImages(
  { log, generation, signal }: AuditedPorts,
  wanted: Pick<ReadonlyMap<ImageId, unknown>, 'has'>,
): AsyncGenerator<FoundRecord> {
  const topic = imageVectorsTopic(generation.schema.encoder.fingerprint);
  let read = 0;
  for (const { partition, low, high } of await log.watermarks(topic)) {
    for await (const source of log.read({ topic, partition, from: low, to: high })) {
      read += 1;
      if (read % RECORDS_PER_TURN === 0) {
        await nextTurn();
        signal?.throwIfAborted();
      }
      if (mayBeWanted(source, wanted)) yield* found(generation, source, wanted);
    }
  }
}

function mayBeWanted({ key }: LogRecord, wanted: Pick<ReadonlyMap<ImageId, unknown>, 'has'>): boolean {
  return isImageId(key) ? wanted.has(key) : true;
}

function* found(
  generation: AuditedPorts['generation'],
  source: LogRecord,
  wanted: Pick<ReadonlyMap<ImageId, unknown>, 'has'>,
): Generator<FoundRecord> {
  const decoded = decodeFor(generation, source);
  if ('record' in decoded) {
    const { record } = decoded;
    if (wanted.has(record.imageId)) {
      yield { imageId: record.imageId, record, sizeBytes: source.value?.length ?? 0 };
    }
  } else if (isImageId(source.key)) {
    yield { imageId: source.key, refused: decoded.deadLetter.reason.message };
  }
}
