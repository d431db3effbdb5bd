import { type AttributeType, filterableValue, filterFields, type GenerationSchema, type VectorRecord } from '#core';

/**
 * Where filters find an image's declared attributes and fields. They are named by position in sorted order, since names may hold
 * what means something in a path of Qdrant:
 * - `a0`, `a1`, … the value;
 * - `p0`, … of strings: the first 0 to 8 characters of each, for filters by prefix, which Qdrant lacks;
 * - `t0`, … of strings longer than that: a mark and the escaped text, for the rest of a long prefix;
 * - `has`: the names of all that are there, since to Qdrant an empty list is not.
 */
export const HAS_FIELD = 'has';
export const PREFIX_LENGTH = 8;

export interface FilterFields {
  readonly type: AttributeType;
  readonly value: string;
  readonly prefixes: string;
  readonly text: string;
}

/** A schema never changes, and each record that is written asks for its fields. */
const KNOWN = new WeakMap<GenerationSchema, ReadonlyMap<string, FilterFields>>();

/** By the names that filters may use. */
export function fieldsOf(schema: GenerationSchema): ReadonlyMap<string, FilterFields> {
  const known = KNOWN.get(schema);
  if (known !== undefined) return known;
  const types = Object.entries(filterFields(schema)).sort(([a], [b]) => (a < b ? -1 : 1));
  const fields = new Map(
    types.map(([name, type], at) => [name, { type, value: `a${at}`, prefixes: `p${at}`, text: `t${at}` }]),
  );
  KNOWN.set(schema, fields);
  return fields;
}

export function isText(type: AttributeType): boolean {
  return type === 'string' || type === 'strings';
}

export function filterPayload(record: VectorRecord, schema: GenerationSchema): Record<string, unknown> {
  const payload: Record<string, unknown> = {};
  const has: string[] = [];
  for (const [name, fields] of fieldsOf(schema)) {
    const value = filterableValue(record, name, fields.type);
    if (value === undefined) continue;
    has.push(name);
    payload[fields.value] = typeof value === 'object' ? [...new Set(value)] : value;
    const texts = typeof value === 'string' ? [value] : typeof value === 'object' ? value : [];
    if (texts.length === 0) continue;
    payload[fields.prefixes] = [...new Set(texts.flatMap(shortPrefixes))];
    const long = texts.filter((it) => characters(it).length > PREFIX_LENGTH);
    if (long.length > 0) payload[fields.text] = long.map(markedText);
  }
  return { ...payload, [HAS_FIELD]: has };
}

/** By characters and not UTF-16 units: half of one is not valid JSON to the server. */
export function characters(text: string): string[] {
  return Array.from(text);
}

function shortPrefixes(text: string): string[] {
  const first = characters(text).slice(0, PREFIX_LENGTH);
  return Array.from({ length: first.length + 1 }, (_, length) => first.slice(0, length).join(''));
}

/** The mark is in no escaped text, so what contains mark and prefix begins with the prefix. */
export function markedText(text: string): string {
  return `\u0001${JSON.stringify(text).slice(1, -1)}`;
}
