import type { Schemas } from '@qdrant/js-client-rest';
import {
  type AttributeType,
  type CheckedFilter,
  type GenerationSchema,
  type ImageRecordState,
  LookalikeError,
} from '#core';
import { characters, fieldsOf, HAS_FIELD, markedText, PREFIX_LENGTH } from './filter-fields.js';

type Condition = Schemas['Condition'];

/** Only ready images, and of them those that match. */
export function readyFilter(filter: CheckedFilter | undefined, schema: GenerationSchema): Schemas['Filter'] {
  return statesFilter(['ready'], filter, schema);
}

/** Only images of these states, and of them those that match. */
export function statesFilter(
  states: readonly ImageRecordState[],
  filter: CheckedFilter | undefined,
  schema: GenerationSchema,
): Schemas['Filter'] {
  const inStates = anyOf(states.map((it) => is('state', it)));
  // Always below `must`: the server joins two lists of `should` at the root into one.
  return { must: [inStates, ...(filter === undefined ? [] : [conditionOf(filter, schema)])] };
}

/**
 * A checked filter as a condition of Qdrant. A field that is missing matches nothing there either, so `not` means what it
 * says. An empty list of conditions would be no condition at all, whichever list it is.
 */
function conditionOf(filter: CheckedFilter, schema: GenerationSchema): Condition {
  if ('all' in filter) {
    return filter.all.length === 0 ? ALWAYS : { must: filter.all.map((it) => conditionOf(it, schema)) };
  }
  if ('any' in filter) return anyOf(filter.any.map((it) => conditionOf(it, schema)));
  if ('not' in filter) return { must_not: [conditionOf(filter.not, schema)] };
  const { name } = filter;
  const fields = fieldsOf(schema).get(name);
  if (fields === undefined)
    throw new LookalikeError('internal', `A checked filter names ${name}, which is not in the schema.`);
  if ('exists' in filter) {
    const has = is(HAS_FIELD, name);
    return filter.exists ? has : { must_not: [has] };
  }
  if ('range' in filter) return { key: fields.value, range: { ...filter.range } };
  if ('prefix' in filter) return startsWith(fields.prefixes, fields.text, filter.prefix);
  const values = 'equals' in filter ? [filter.equals] : filter.in;
  return equalsAny(fields.value, fields.type, values);
}

const NEVER: Condition = { key: 'state', match: { value: 'none' } };
const ALWAYS: Condition = { must_not: [NEVER] };

function anyOf(conditions: Condition[]): Condition {
  const [first = NEVER, ...more] = conditions;
  return more.length === 0 ? first : { should: conditions };
}

function equalsAny(key: string, type: AttributeType, values: readonly (string | number | boolean)[]): Condition {
  // `match` takes whole numbers only.
  if (type === 'number' || type === 'date')
    return anyOf(values.map((it) => ({ key, range: { gte: Number(it), lte: Number(it) } })));
  if (type === 'boolean') return anyOf(values.map((it) => is(key, it)));
  return values.length === 0 ? NEVER : { key, match: { any: values.map(String) } };
}

/** `text` has no index on purpose: with one Qdrant compares words, without one it looks for the very text. */
function startsWith(prefixes: string, text: string, prefix: string): Condition {
  const all = characters(prefix);
  const short = is(prefixes, all.slice(0, PREFIX_LENGTH).join(''));
  return all.length <= PREFIX_LENGTH ? short : { must: [short, { key: text, match: { text: markedText(prefix) } }] };
}

export function is(key: string, value: string | number | boolean): Condition {
  return { key, match: { value } };
}
