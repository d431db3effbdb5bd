import type { Attributes, AttributeValue } from './attributes.js';
import { LookalikeError } from './errors.js';
import { type AttributeType, FILTER_LIMITS, type Filter, type NumberRange } from './filter.js';
import type { GenerationSchema, SearchRequest, VectorSpec } from './ports/vector-index.js';
import { squaredLength } from './unit-vector.js';
import type { VectorRecord } from './vector-record.js';

/** What every vector index refuses, in one place, so that all of them refuse the same. */
export const VECTOR_INDEX_LIMITS = { stageLimit: 10_000, fetchIds: 1_000 } as const;

/** @throws `invalid-request` naming the rule. */
export function checkGeneration(name: string, schema: GenerationSchema): void {
  if (!/^[a-z0-9-]{1,64}$/.test(name)) throw badRequest('generation', 'must be 1 to 64 of a-z, 0-9 and -');
  if (new Set(schema.vectors.map((it) => it.name)).size !== schema.vectors.length) {
    throw badRequest('vectors', 'must have different names');
  }
  if (!schema.vectors.some((it) => it.role === 'searched')) throw badRequest('vectors', 'must have a searched one');
}

/** @throws `invalid-vector` when a ready record's vectors are not exactly the schema's. */
export function checkRecordVectors(record: VectorRecord, schema: GenerationSchema): void {
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

/** @throws `invalid-vector`, `invalid-filter`, `invalid-request`. */
export function checkSearch({ stages, filter }: SearchRequest, schema: GenerationSchema): void {
  for (const [at, stage] of stages.entries()) {
    const spec = schema.vectors.find((it) => it.name === stage.vector);
    if (spec === undefined) throw badVector(stage.vector, 'is not in the schema');
    if (at === 0 && spec.role !== 'searched') throw badVector(stage.vector, 'is only rescored: it cannot come first');
    checkVector(stage.query, spec);
    checkWhole('limit', stage.limit, 1);
    if (stage.ef !== undefined) checkWhole('ef', stage.ef, stage.limit);
    if (stage.oversampling !== undefined && !(stage.oversampling >= 1 && stage.oversampling <= 100)) {
      throw badRequest('oversampling', 'must be from 1 to 100');
    }
  }
  if (filter !== undefined) checkFilter(filter, schema.attributes);
}

export function checkFetchIds(count: number): void {
  if (count > VECTOR_INDEX_LIMITS.fetchIds) {
    throw badRequest('imageIds', `must be at most ${VECTOR_INDEX_LIMITS.fetchIds}`);
  }
}

function checkVector(vector: Float32Array, spec: VectorSpec, facts: Record<string, unknown> = {}): void {
  if (vector.length !== spec.size) {
    throw badVector(spec.name, `must have ${spec.size} numbers, not ${vector.length}`, facts);
  }
  const sum = squaredLength(vector);
  if (!Number.isFinite(sum)) throw badVector(spec.name, 'must have only finite numbers', facts);
  if (sum === 0) throw badVector(spec.name, 'must not be all zeros', facts);
}

function checkWhole(field: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least || value > VECTOR_INDEX_LIMITS.stageLimit) {
    throw badRequest(field, `must be a whole number from ${least} to ${VECTOR_INDEX_LIMITS.stageLimit}`);
  }
}

/**
 * A filter with no branches is a condition like any other: an empty `all` is true, an empty `any` or `in` is false.
 * @throws `invalid-filter` naming the rule.
 */
export function checkFilter(filter: Filter, attributes: Readonly<Record<string, AttributeType>>): void {
  let conditions = 0;
  const walk = (it: Filter, depth: number): void => {
    if (typeof it !== 'object' || it === null) throw badFilter('filter', 'must be an object');
    if (depth > FILTER_LIMITS.depth) throw badFilter('filter', `must be at most ${FILTER_LIMITS.depth} deep`);
    const branches = branchesOf(it);
    for (const branch of branches) walk(branch, depth + 1);
    if (branches.length === 0) conditions++;
    if (conditions > FILTER_LIMITS.conditions) {
      throw badFilter('filter', `must have at most ${FILTER_LIMITS.conditions} conditions`);
    }
    if ('attribute' in it) checkCondition(it, attributes);
  };
  walk(filter, 1);
}

function branchesOf(filter: Filter): readonly Filter[] {
  const branches = 'all' in filter ? filter.all : 'any' in filter ? filter.any : 'not' in filter ? [filter.not] : [];
  if (!Array.isArray(branches)) throw badFilter('filter', 'must have a list of filters in all and any');
  return branches;
}

/** What a filter sees of an attribute: a value of another type than the declared one counts as missing. */
export function filterableValue(attributes: Attributes, name: string, type: AttributeType): AttributeValue | undefined {
  const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  const found = typeof value === 'object' ? 'strings' : typeof value;
  return found === type ? value : undefined;
}

type Condition = Extract<Filter, { attribute: string }>;

function checkCondition(condition: Condition, attributes: Readonly<Record<string, AttributeType>>): void {
  const { attribute } = condition;
  const type = Object.hasOwn(attributes, attribute) ? attributes[attribute] : undefined;
  if (type === undefined) throw badFilter(attribute, 'is not declared in the schema');
  if ('exists' in condition) {
    if (typeof condition.exists !== 'boolean') throw badFilter(attribute, 'exists must be true or false');
    return;
  }
  if ('range' in condition) {
    checkRange(attribute, type, condition.range);
    return;
  }
  if ('prefix' in condition && type !== 'string' && type !== 'strings') {
    throw badFilter(attribute, `is a ${type}: it has no prefix`);
  }
  for (const value of valuesOf(condition, type)) checkValue(attribute, type, value);
}

function valuesOf(condition: Condition, type: AttributeType): readonly unknown[] {
  if ('equals' in condition) return [condition.equals];
  if ('prefix' in condition) return [condition.prefix];
  const { attribute } = condition;
  if (!('in' in condition) || !Array.isArray(condition.in)) throw badFilter(attribute, 'has no known condition');
  if (type === 'boolean') throw badFilter(attribute, 'is a boolean: use equals');
  if (condition.in.length > FILTER_LIMITS.inValues) {
    throw badFilter(attribute, `must have at most ${FILTER_LIMITS.inValues} values`);
  }
  return condition.in;
}

function checkValue(attribute: string, type: AttributeType, value: unknown): void {
  const wanted = type === 'strings' ? 'string' : type;
  if (typeof value !== wanted) throw badFilter(attribute, `must be compared with a ${wanted}`);
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw badFilter(attribute, 'must be compared with a finite number');
  }
  // Stored strings are well formed; a lone surrogate would be changed on its way and could then match something else.
  if (typeof value === 'string' && !value.isWellFormed()) throw badFilter(attribute, 'must be well-formed Unicode');
}

function checkRange(attribute: string, type: AttributeType, range: NumberRange): void {
  if (type !== 'number') throw badFilter(attribute, `is a ${type}: it has no range`);
  if (typeof range !== 'object' || range === null) throw badFilter(attribute, 'range must be an object');
  const bounds = [range.gt, range.gte, range.lt, range.lte].filter((it) => it !== undefined);
  if (bounds.length === 0) throw badFilter(attribute, 'must have at least one bound');
  for (const bound of bounds) checkValue(attribute, type, bound);
}

function badFilter(field: string, rule: string): LookalikeError {
  return new LookalikeError('invalid-filter', `The filter's ${field} ${rule}.`, { facts: { field, rule } });
}

function badVector(vector: string, rule: string, facts: Record<string, unknown> = {}): LookalikeError {
  return new LookalikeError('invalid-vector', `The vector ${vector} ${rule}.`, { facts: { ...facts, vector, rule } });
}

function badRequest(field: string, rule: string): LookalikeError {
  return new LookalikeError('invalid-request', `${field} ${rule}.`, { facts: { field, rule } });
}
