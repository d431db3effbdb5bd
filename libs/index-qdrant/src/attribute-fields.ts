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

export interface AttributeFields {
  readonly value: string;
  readonly prefixes: string;
  readonly text: string;
}

export function attributeNames(schema: GenerationSchema): readonly string[] {
  return Object.keys(filterFields(schema)).sort();
}

export function fieldsOf(schema: GenerationSchema, name: string): AttributeFields {
  const at = attributeNames(schema).indexOf(name);
  return { value: `a${at}`, prefixes: `p${at}`, text: `t${at}` };
}

export function typeOf(schema: GenerationSchema, name: string): AttributeType {
  return filterFields(schema)[name] ?? 'string';
}

export function isText(type: AttributeType): boolean {
  return type === 'string' || type === 'strings';
}

export function attributePayload(record: VectorRecord, schema: GenerationSchema): Record<string, unknown> {
  const payload: Record<string, unknown> = {};
  const has: string[] = [];
  for (const name of attributeNames(schema)) {
    const value = filterableValue(record, name, typeOf(schema, name));
    if (value === undefined) continue;
    has.push(name);
    const fields = fieldsOf(schema, name);
    payload[fields.value] = value;
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
