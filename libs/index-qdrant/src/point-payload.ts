import { type GenerationSchema, LookalikeError, type StoredRecord, type VectorRecord } from '#core';
import { filterPayload } from './filter-fields.js';
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
  const fields = record.state === 'ready' ? filterPayload(record, schema) : {};
  return { imageId, version, state, ...fields, record: recordJson(record) };
}

function recordJson(record: VectorRecord): string {
  if (record.state !== 'ready') return JSON.stringify(record);
  const { vectors: _, ...rest } = record;
  return JSON.stringify(rest);
}

interface ReadPoint {
  readonly id: unknown;
  readonly payload?: unknown;
  readonly vector?: unknown;
}

/** Of the payload: what the record is read from, and what the guard and searches go by. */
export const READ_FIELDS: readonly string[] = ['record', 'version', 'state'] satisfies readonly (keyof PointPayload)[];

/**
 * A point that was read with `READ_FIELDS` and, where they are wanted, its vectors. @throws `index-damaged` when its payload is not
 * what this adapter writes: then searches and the guard know another image than the record says.
 */
export function storedRecord(point: ReadPoint, schema: GenerationSchema, withVectors: boolean): StoredRecord {
  const { record: json, version, state } = (point.payload ?? {}) as Partial<PointPayload>;
  const record = parsed(json);
  if (record === null || record.version !== version || record.state !== state) throw damaged(point, record);
  if (record.state !== 'ready' || !withVectors) return record;
  return { ...record, vectors: vectorsFrom(schema, point.vector) };
}

function parsed(json: unknown): StoredRecord | null {
  try {
    return JSON.parse(String(json)) as StoredRecord | null;
  } catch {
    return null;
  }
}

function damaged({ id }: ReadPoint, record: StoredRecord | null): LookalikeError {
  const whose = record === null ? '' : ` of image ${record.imageId}`;
  return new LookalikeError(
    'index-damaged',
    `The payload of point ${id}${whose} was changed by somebody else. Build the index again: a reindex puts another one in its place.`,
    { facts: { point: String(id), ...(record !== null && { imageId: record.imageId }) } },
  );
}
