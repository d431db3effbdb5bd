import {
  type CommonValues,
  FACET_LIMITS,
  type Facet,
  type FacetCounts,
  type FacetSubject,
  type FacetsRequest,
  type ValueCount,
} from './facets.js';
import type { AttributeType, CheckedFilter } from './filter.js';
import { checkedFilter, filterFields, namedInFilters } from './filter-rules.js';
import type { GenerationSchema } from './ports/vector-index.js';
import { refusedField } from './refused-field.js';

/** A subject with its name among `filterFields`. */
export interface CheckedSubject {
  readonly subject: FacetSubject;
  readonly name: string;
  readonly type: AttributeType;
}

export interface CheckedFacets {
  readonly subjects: readonly CheckedSubject[];
  readonly filter?: CheckedFilter;
  readonly limit: number;
}

/** All that filters may name in the generation: fields, then attributes in the order of their declaration, as many as one request takes. */
export function facetSubjects({ attributes, fields = [] }: GenerationSchema): readonly FacetSubject[] {
  const named = Object.keys(attributes).map((attribute) => ({ attribute }));
  return [...fields.map((field) => ({ field })), ...named].slice(0, FACET_LIMITS.subjects);
}

/** @throws `invalid-filter`, and `invalid-request` naming `attributes`, `fields` or `limit`. */
export function checkedFacets({ of, filter, limit }: FacetsRequest, schema: GenerationSchema): CheckedFacets {
  if (of.length > FACET_LIMITS.subjects) {
    throw refusedField('fields', `must be at most ${FACET_LIMITS.subjects}, together with attributes`);
  }
  if (!Number.isInteger(limit) || limit < 1 || limit > FACET_LIMITS.values) {
    throw refusedField('limit', `must be a whole number from 1 to ${FACET_LIMITS.values}`);
  }
  const types = filterFields(schema);
  const subjects = of.map((subject) => ({ subject, ...namedInFilters(subject, types, refusedSubject) }));
  const twice = subjects.find(({ name }, at) => subjects.findIndex((it) => it.name === name) !== at);
  if (twice !== undefined) throw refusedSubject(twice.subject, 'stands there twice');
  return { subjects, limit, ...(filter && { filter: checkedFilter(filter, schema) }) };
}

function refusedSubject(subject: FacetSubject, rule: string) {
  return 'field' in subject
    ? refusedField('fields', `has ${subject.field}, which ${rule}`)
    : refusedField('attributes', `has ${subject.attribute}, which ${rule}`);
}

export function isRanged(type: AttributeType): boolean {
  return type === 'number' || type === 'date';
}

export function facetOf({ subject, type }: CheckedSubject, counts: FacetCounts): Facet {
  return { ...subject, type, ...counts };
}

/** @param counts each value once, and at least one more than `limit` where there are so many. */
export function commonValues(counts: Iterable<ValueCount>, images: number, limit: number): CommonValues {
  const values = [...counts].sort((a, b) => b.images - a.images || compareValues(a.value, b.value));
  return { images, values: values.slice(0, limit), hasMore: values.length > limit };
}

function compareValues(a: string | boolean, b: string | boolean): number {
  if (typeof a !== 'string' || typeof b !== 'string') return Number(a) - Number(b);
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const [left, right] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (left !== right) return byCodePoint(left) - byCodePoint(right);
  }
  return a.length - b.length;
}

/** Halves of characters beyond U+FFFF come after all others, as those characters do. */
function byCodePoint(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
