import { LookalikeError } from './errors.js';
import type { CheckedFilter } from './filter.js';
import { checkedFilter } from './filter-rules.js';
import type { GenerationSchema, SearchRequest, VectorSpec } from './ports/vector-index.js';
import { refusedField } from './refused-field.js';
import { squaredLength } from './unit-vector.js';
import type { VectorRecord } from './vector-record.js';

/** What every vector index refuses, in one place, so that all of them refuse the same. */
export const VECTOR_INDEX_LIMITS = { stageLimit: 10_000, fetchIds: 1_000 } as const;

/** @throws `invalid-request` naming the rule. */
export function checkGeneration(name: string, schema: GenerationSchema): void {
  if (!/^[a-z0-9-]{1,64}$/.test(name)) throw refusedField('generation', 'must be 1 to 64 of a-z, 0-9 and -');
  if (new Set(schema.vectors.map((it) => it.name)).size !== schema.vectors.length) {
    throw refusedField('vectors', 'must have different names');
  }
  if (!schema.vectors.some((it) => it.role === 'searched')) throw refusedField('vectors', 'must have a searched one');
  if (schema.vectors.some((it) => it.projection?.digest === null)) {
    throw refusedField('vectors', 'must not have a projection that is not fitted');
  }
}

/** @throws `invalid-vector` when a ready record's vectors are not exactly the schema's. */
export function checkRecordVectors(record: VectorRecord, schema: Pick<GenerationSchema, 'vectors'>): void {
  if (record.state !== 'ready') return;
  const facts = { imageId: record.imageId };
  for (const spec of schema.vectors) {
    const vector = Object.hasOwn(record.vectors, spec.name) ? record.vectors[spec.name] : undefined;
    if (vector === undefined) throw badVector(spec.name, 'is missing', facts);
    checkVector(vector, spec, facts);
  }
  for (const name of Object.keys(record.vectors)) {
    if (!schema.vectors.some((it) => it.name === name)) throw badVector(name, 'is not in the schema', facts);
  }
}

export type CheckedSearch = Pick<SearchRequest, 'stages'> & { readonly filter?: CheckedFilter };

/** @throws `invalid-vector`, `invalid-filter`, `invalid-request`. */
export function checkedSearch({ stages, filter }: SearchRequest, schema: GenerationSchema): CheckedSearch {
  for (const [at, stage] of stages.entries()) {
    const spec = schema.vectors.find((it) => it.name === stage.vector);
    if (spec === undefined) throw badVector(stage.vector, 'is not in the schema');
    if (at === 0 && spec.role !== 'searched' && stage.exact !== true) {
      throw badVector(stage.vector, 'is only rescored: it cannot come first, unless the search is exact');
    }
    checkVector(stage.query, spec);
    checkWhole('limit', stage.limit, 1);
    if (stage.ef !== undefined) checkWhole('ef', stage.ef, stage.limit);
    if (stage.oversampling !== undefined && !(stage.oversampling >= 1 && stage.oversampling <= 100)) {
      throw refusedField('oversampling', 'must be from 1 to 100');
    }
  }
  return { stages, ...(filter && { filter: checkedFilter(filter, schema) }) };
}

export function checkFetchIds(count: number): void {
  if (count > VECTOR_INDEX_LIMITS.fetchIds) {
    throw refusedField('imageIds', `must be at most ${VECTOR_INDEX_LIMITS.fetchIds}`);
  }
}

/** @throws `invalid-vector`. */
export function checkVector(
  vector: Float32Array,
  spec: Pick<VectorSpec, 'name' | 'size'>,
  facts: Record<string, unknown> = {},
): void {
  if (vector.length !== spec.size) {
    throw badVector(spec.name, `must have ${spec.size} numbers, not ${vector.length}`, facts);
  }
  const sum = squaredLength(vector);
  if (!Number.isFinite(sum)) throw badVector(spec.name, 'must have only finite numbers', facts);
  if (sum === 0) throw badVector(spec.name, 'must not be all zeros', facts);
}

function checkWhole(field: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least || value > VECTOR_INDEX_LIMITS.stageLimit) {
    throw refusedField(field, `must be a whole number from ${least} to ${VECTOR_INDEX_LIMITS.stageLimit}`);
  }
}

function badVector(vector: string, rule: string, facts: Record<string, unknown> = {}): LookalikeError {
  return new LookalikeError('invalid-vector', `The vector ${vector} ${rule}.`, { facts: { ...facts, vector, rule } });
}
