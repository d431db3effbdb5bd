import { FILTER_LIMITS, type Filter, RANGE_BOUNDS } from './filter.js';
import { badFilter } from './filter-rules.js';

const SUBJECTS = new Set(['attribute', 'field']);
const CONDITIONS = new Set(['equals', 'in', 'range', 'prefix', 'exists']);
const BOUNDS: ReadonlySet<string> = new Set(RANGE_BOUNDS);

/**
 * Reads the form of a filter that somebody sent; what its conditions compare is checked against the generation's schema
 * when it is searched. @throws `invalid-filter` naming the rule.
 */
export function parseFilter(value: unknown, depth = 1): Filter {
  if (depth > FILTER_LIMITS.depth) throw badFilter('filter', `must be at most ${FILTER_LIMITS.depth} deep`);
  if (!isObject(value)) throw badFilter('filter', 'must be an object');
  const names = Object.keys(value);
  const [only] = names;
  if (names.length === 1 && (only === 'all' || only === 'any')) {
    const branches = value[only];
    if (!Array.isArray(branches)) throw badFilter(only, 'must be a list of filters');
    const parsed = branches.map((it) => parseFilter(it, depth + 1));
    return only === 'all' ? { all: parsed } : { any: parsed };
  }
  if (names.length === 1 && only === 'not') return { not: parseFilter(value.not, depth + 1) };
  return parseCondition(value, names);
}

function parseCondition(value: Record<string, unknown>, names: readonly string[]): Filter {
  const [named = '', ...others] = names.filter((name) => SUBJECTS.has(name));
  const [condition, ...more] = names.filter((name) => !SUBJECTS.has(name));
  const subject = others.length === 0 ? value[named] : undefined;
  if (typeof subject !== 'string' || condition === undefined || more.length > 0 || !CONDITIONS.has(condition)) {
    const conditions = [...CONDITIONS].join(', ');
    throw badFilter('filter', `must be all, any, not, or an attribute or a field with one of ${conditions}`);
  }
  const { range } = value;
  if (condition === 'range' && !(isObject(range) && Object.keys(range).every((name) => BOUNDS.has(name)))) {
    throw badFilter(subject, `range must be an object of ${[...BOUNDS].join(', ')}`);
  }
  return value as Filter;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
