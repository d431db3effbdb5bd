import {
  decodeGreyCopy,
  encodeGreyCopy,
  type GenerationSchema,
  LookalikeError,
  type StoredRecord,
  type VectorRecord,
} from '#core';
import { filterPayload } from './filter-fields.js';
import { vectorsFrom } from './point-vectors.js';

/**
 * `record` is the whole record without its vectors and grey copy as JSON, so whatever was put comes back. `version` is for the guard,
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
  const isFiltered = state === 'ready' || (state === 'failed' && schema.filtersFailed);
  const greyCopy = record.state === 'ready' ? record.greyCopy : undefined;
  return {
    imageId,
    version,
    state,
    ...(isFiltered && filterPayload(record, schema)),
    record: recordJson(record),
    ...(schema.greyCopies && greyCopy && { [GREY_COPY_FIELD]: encodeGreyCopy(greyCopy) }),
  };
}

function recordJson(record: VectorRecord): string {
  if (record.state !== 'ready') return JSON.stringify(record);
  const { vectors: _, greyCopy: __, ...rest } = record;
  return JSON.stringify(rest);
}

interface ReadPoint {
  readonly id: unknown;
  readonly payload?: unknown;
  readonly vector?: unknown;
}

/** What a reader wants beside the record. */
export interface Wanted {
  readonly vectors: boolean;
  readonly greyCopies: boolean;
}

export const RECORDS_ALONE: Wanted = { vectors: false, greyCopies: false };

const GREY_COPY_FIELD = 'grey';

/** Of the payload: what the record is read from, and what the guard and searches go by. */
const RECORD_FIELDS: readonly string[] = ['record', 'version', 'state'] satisfies readonly (keyof PointPayload)[];

export function readFields({ greyCopies }: Wanted): string[] {
  return [...RECORD_FIELDS, ...(greyCopies ? [GREY_COPY_FIELD] : [])];
}

/**
 * A point that was read with `readFields` and, where they are wanted, its vectors. @throws `index-damaged` when its payload is not
 * what this adapter writes: then searches and the guard know another image than the record says.
 */
export function storedRecord(point: ReadPoint, schema: GenerationSchema, wanted: Wanted): StoredRecord {
  const payload = (point.payload ?? {}) as Partial<PointPayload>;
  const { record: json, version, state } = payload;
  const record = parsed(json);
  if (record === null || record.version !== version || record.state !== state) throw damaged(point, record);
  if (record.state !== 'ready') return record;
  const greyCopy = wanted.greyCopies ? decodeGreyCopy(payload[GREY_COPY_FIELD]) : null;
  return {
    ...record,
    ...(wanted.vectors && { vectors: vectorsFrom(schema, point.vector) }),
    ...(greyCopy && { greyCopy }),
  };
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
