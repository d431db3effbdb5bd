import type { Schemas } from '@qdrant/js-client-rest';
import type { GenerationSchema, VectorRecord } from '#core';
import { pointId } from './point-id.js';
import { type PointPayload, pointPayload } from './point-payload.js';
import { pointVectors, vectorBytes } from './point-vectors.js';

/** Each point's condition of the guard is tried on each point: more of them cost the square. */
const POINTS_PER_WRITE = 128;
/** Id and frame of a point, and its condition. */
const POINT_BYTES = 256;

export interface WaitingPoint {
  readonly id: string;
  readonly record: VectorRecord;
  readonly payload: PointPayload;
}

/**
 * Lazily, so that of a large call only what is under way is in memory as JSON. No request is larger than `maxBytes`,
 * unless a single record is.
 */
export function* writeBatches(
  records: readonly VectorRecord[],
  schema: GenerationSchema,
  maxBytes: number,
): Generator<readonly WaitingPoint[]> {
  const perVectors = vectorBytes(schema);
  let batch: WaitingPoint[] = [];
  let bytes = 0;
  for (const record of records) {
    const payload = pointPayload(record, schema);
    const size = Buffer.byteLength(JSON.stringify(payload)) + POINT_BYTES + (record.state === 'ready' ? perVectors : 0);
    if (batch.length > 0 && (bytes + size > maxBytes || batch.length === POINTS_PER_WRITE)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push({ id: pointId(record.imageId), record, payload });
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/**
 * A point that is there is replaced, whole, if it loses; one that is not is inserted. The server has one
 * condition for all points of a request, so it names each with its version.
 */
export function guardedUpsert(batch: readonly WaitingPoint[]): Schemas['PointsList'] {
  return {
    points: batch.map(({ id, record, payload }) => ({ id, payload, vector: pointVectors(record) })),
    update_filter: {
      should: batch.map(({ id, record }) => ({ must: [{ has_id: [id] }, losesAgainst(record)] })),
    },
  };
}

/** As `winsAgainst` has it, seen from what is stored. */
function losesAgainst({ version, state }: VectorRecord): Schemas['Condition'] {
  const isOlder = { key: 'version', range: { lt: version } };
  if (state === 'failed') return isOlder;
  const hasFailed = { key: 'state', match: { value: 'failed' } };
  return { should: [isOlder, { must: [{ key: 'version', range: { lte: version } }, hasFailed] }] };
}
