import { LookalikeError } from './errors.js';
import { FILTER_LIMITS, type Filter } from './filter.js';

const CONDITIONS = new Set(['equals', 'in', 'range', 'prefix', 'exists']);
const BOUNDS = new Set(['gt', 'gte', 'lt', 'lte']);

/**
 * Reads the form of a filter that somebody sent; what its conditions compare is checked against the generation's schema
 * when it is searched. @throws `invalid-filter` naming the rule.
 */
export function parseFilter(value: unknown, depth = 1): Filter {
  if (depth > FILTER_LIMITS.depth) throw wrong('filter', `must be at most ${FILTER_LIMITS.depth} deep`);
  if (!isObject(value)) throw wrong('filter', 'must be an object');
  const names = Object.keys(value);
  const [only] = names;
  if (names.length === 1 && (only === 'all' || only === 'any')) {
    const branches = value[only];
    if (!Array.isArray(branches)) throw wrong(only, 'must be a list of filters');
    const parsed = branches.map((it) => parseFilter(it, depth + 1));
    return only === 'all' ? { all: parsed } : { any: parsed };
  }
  if (names.length === 1 && only === 'not') return { not: parseFilter(value.not, depth + 1) };
  return parseCondition(value, names);
}

function parseCondition(value: Record<string, unknown>, names: readonly string[]): Filter {
  const [condition, ...more] = names.filter((name) => name !== 'attribute');
  if (typeof value.attribute !== 'string' || condition === undefined || more.length > 0 || !CONDITIONS.has(condition)) {
    throw wrong('filter', `must be all, any, not, or an attribute with one of ${[...CONDITIONS].join(', ')}`);
  }
  const { range } = value;
  if (condition === 'range' && !(isObject(range) && Object.keys(range).every((name) => BOUNDS.has(name)))) {
    throw wrong(value.attribute, `range must be an object of ${[...BOUNDS].join(', ')}`);
  }
  return value as Filter;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrong(field: string, rule: string): LookalikeError {
  return new LookalikeError('invalid-filter', `The filter's ${field} ${rule}.`, { facts: { field, rule } });
}
