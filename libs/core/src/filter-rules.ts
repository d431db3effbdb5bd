import type { AttributeValue, DeclaredAttributes } from './attributes.js';
import { LookalikeError } from './errors.js';
import {
  type AttributeType,
  type CheckedCondition,
  type CheckedFilter,
  type Condition,
  dateMs,
  FILTER_LIMITS,
  type Filter,
  IMAGE_FIELDS,
  type ImageField,
  type NumberRange,
  RANGE_BOUNDS,
  type Range,
} from './filter.js';
import type { GenerationSchema } from './ports/vector-index.js';
import type { VectorRecord } from './vector-record.js';

type FilterSchema = Pick<GenerationSchema, 'attributes' | 'fields'>;

/** Begins the names of fields, and no attribute's. */
const FIELD_MARK = '$';

/** What filters of a generation may name, with its type: attributes by their names, fields with a `$` before theirs. */
export function filterFields({ attributes, fields = [] }: FilterSchema): DeclaredAttributes {
  const ofImages = fields.map((field) => [FIELD_MARK + field, IMAGE_FIELDS[field]] as const);
  return { ...attributes, ...Object.fromEntries(ofImages) };
}

/**
 * What a filter sees of a record under a name of `filterFields`; dates in ms since 1970. A value of another type than the
 * declared one counts as missing.
 */
export function filterableValue(record: VectorRecord, name: string, type: AttributeType): AttributeValue | undefined {
  if (record.state === 'deleted') return undefined;
  if (name.startsWith(FIELD_MARK)) return fieldValue(record, name.slice(FIELD_MARK.length) as ImageField);
  const { attributes } = record.image;
  const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  if (type === 'date') return dateMs(value) ?? undefined;
  const found = typeof value === 'object' ? 'strings' : typeof value;
  return found === type ? value : undefined;
}

function fieldValue(
  record: Exclude<VectorRecord, { state: 'deleted' }>,
  field: ImageField,
): AttributeValue | undefined {
  switch (field) {
    case 'width':
    case 'height':
      return record.state === 'ready' ? record[field] : undefined;
    case 'sizeBytes':
    case 'mediaType':
      return record.image[field];
    case 'eventTime':
      return record.eventTimeMs;
    case 'labels':
      return record.state === 'ready' ? record.labels?.map(({ name }) => name) : undefined;
  }
}

/**
 * A filter with no branches is a condition like any other: an empty `all` is true, an empty `any` or `in` is false.
 * @throws `invalid-filter` naming the rule.
 */
export function checkedFilter(filter: Filter, schema: FilterSchema): CheckedFilter {
  const types = filterFields(schema);
  let conditions = 0;
  const checked = (it: Filter, depth: number): CheckedFilter => {
    if (typeof it !== 'object' || it === null) throw badFilter('filter', 'must be an object');
    if (depth > FILTER_LIMITS.depth) throw badFilter('filter', `must be at most ${FILTER_LIMITS.depth} deep`);
    const branches = (list: readonly Filter[]) => {
      if (!Array.isArray(list)) throw badFilter('filter', 'must have a list of filters in all and any');
      if (list.length === 0) countOne();
      return list.map((branch: Filter) => checked(branch, depth + 1));
    };
    if ('all' in it) return { all: branches(it.all) };
    if ('any' in it) return { any: branches(it.any) };
    if ('not' in it) return { not: checked(it.not, depth + 1) };
    countOne();
    return checkedCondition(it, types);
  };
  const countOne = () => {
    if (++conditions <= FILTER_LIMITS.conditions) return;
    throw badFilter('filter', `must have at most ${FILTER_LIMITS.conditions} conditions`);
  };
  return checked(filter, 1);
}

function checkedCondition(
  condition: Exclude<Filter, { all: unknown } | { any: unknown } | { not: unknown }>,
  types: DeclaredAttributes,
): CheckedFilter {
  const { name, type } = namedInFilters(condition, types, (subject, rule) => badFilter(shownName(subject), rule));
  return { name, ...new ConditionCheck(shownName(condition), type).checked(condition) };
}

type Subject = { readonly attribute: string } | { readonly field: string };

function shownName(subject: Subject): string {
  return 'field' in subject ? subject.field : subject.attribute;
}

/** The name and type among `filterFields` of what somebody has named. @throws what `refused` makes of what filters cannot name. */
export function namedInFilters<S extends Subject>(
  subject: S,
  types: DeclaredAttributes,
  refused: (subject: S, rule: string) => LookalikeError,
): { readonly name: string; readonly type: AttributeType } {
  const isField = 'field' in subject;
  const shown = shownName(subject);
  const name = isField ? FIELD_MARK + shown : shown;
  const type = Object.hasOwn(types, name) ? types[name] : undefined;
  // An attribute that looks like a field is no attribute.
  if (type === undefined || (!isField && name.startsWith(FIELD_MARK))) {
    throw refused(subject, undeclared(isField, shown));
  }
  return { name, type };
}

function undeclared(isField: boolean, shown: string): string {
  if (!isField)
    return 'is not declared: filters may name the attributes of LOOKALIKE_ATTRIBUTES since the last reindex';
  if (shown === 'labels') return 'are not in this generation of the index: its encoder names no classes';
  if (Object.hasOwn(IMAGE_FIELDS, shown)) return 'is not in this generation of the index, which is older: reindex';
  return `is no field; there are ${Object.keys(IMAGE_FIELDS).join(', ')}`;
}

class ConditionCheck {
  constructor(
    private readonly name: string,
    private readonly type: AttributeType,
  ) {}

  checked(condition: Condition): CheckedCondition {
    if ('exists' in condition) {
      if (typeof condition.exists !== 'boolean') throw this.#bad('exists must be true or false');
      return { exists: condition.exists };
    }
    if ('range' in condition) return { range: this.#range(condition.range) };
    if ('equals' in condition) return { equals: this.#value(condition.equals) };
    if ('prefix' in condition) return { prefix: this.#prefix(condition.prefix) };
    if ('in' in condition) return { in: this.#values(condition.in) };
    throw this.#bad('has no known condition');
  }

  #prefix(prefix: string): string {
    if (this.type !== 'string' && this.type !== 'strings') throw this.#bad(`is a ${this.type}: it has no prefix`);
    return this.#value(prefix);
  }

  #values(values: readonly (string | number)[]): readonly (string | number)[] {
    if (!Array.isArray(values)) throw this.#bad('in must be a list');
    if (this.type === 'boolean') throw this.#bad('is a boolean: use equals');
    if (values.length > FILTER_LIMITS.inValues) throw this.#bad(`must have at most ${FILTER_LIMITS.inValues} values`);
    return values.map((it) => this.#value(it));
  }

  #range(range: Range<number | string>): NumberRange {
    if (this.type !== 'number' && this.type !== 'date') throw this.#bad(`is a ${this.type}: it has no range`);
    if (typeof range !== 'object' || range === null) throw this.#bad('range must be an object');
    const bounds = RANGE_BOUNDS.flatMap((bound) => {
      const value = range[bound];
      return value === undefined ? [] : [[bound, this.#value(value)] as const];
    });
    if (bounds.length === 0) throw this.#bad('must have at least one bound');
    return Object.fromEntries(bounds) as NumberRange;
  }

  #value<T extends string | number | boolean>(value: T): T {
    if (this.type === 'date') {
      const ms = dateMs(value);
      if (ms === null) throw this.#bad('must be compared with a date such as 2026-01-31 or 2026-01-31T08:00:00Z');
      return ms as T;
    }
    const wanted = this.type === 'strings' ? 'string' : this.type;
    if (typeof value !== wanted) throw this.#bad(`must be compared with a ${wanted}`);
    if (typeof value === 'number' && !Number.isFinite(value)) throw this.#bad('must be compared with a finite number');
    // Stored strings are well formed; a lone surrogate would be changed on its way and could then match something else.
    if (typeof value === 'string' && !value.isWellFormed()) throw this.#bad('must be well-formed Unicode');
    return value;
  }

  #bad(rule: string): LookalikeError {
    return badFilter(this.name, rule);
  }
}

export function badFilter(field: string, rule: string): LookalikeError {
  return new LookalikeError('invalid-filter', `The filter's ${field} ${rule}.`, { facts: { field, rule } });
}
