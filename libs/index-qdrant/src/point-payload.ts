import type { GenerationSchema, StoredRecord, VectorRecord } from '#core';
import { attributePayload } from './attribute-fields.js';
import { vectorsFrom } from './point-vectors.js';

/**
 * `record` is the whole record without its vectors as JSON, so whatever was put comes back. `version` is for the guard,
 * `state` and the fields of attributes for filters, `imageId` for people who look into a collection.
 */
export type PointPayload = Record<string, unknown> & {
  readonly imageId: string;
  readonly version: number;
  readonly state: VectorRecord['state'];
  readonly record: string;
};

export function pointPayload(record: VectorRecord, schema: GenerationSchema): PointPayload {
  const { imageId, version, state } = record;
  const fields = record.state === 'ready' ? attributePayload(record, schema) : {};
  return { imageId, version, state, ...fields, record: recordJson(record) };
}

function recordJson(record: VectorRecord): string {
  if (record.state !== 'ready') return JSON.stringify(record);
  const { vectors: _, ...rest } = record;
  return JSON.stringify(rest);
}

interface ReadPoint {
  readonly payload?: unknown;
  readonly vector?: unknown;
}

/** A point that was read with `record` and, where they are wanted, its vectors. */
export function storedRecord(point: ReadPoint, schema: GenerationSchema, withVectors: boolean): StoredRecord {
  const { record: json } = point.payload as PointPayload;
  const record = JSON.parse(json) as StoredRecord;
  if (record.state !== 'ready' || !withVectors) return record;
  return { ...record, vectors: vectorsFrom(schema, point.vector) };
}
