import {
  type AttributeType,
  type CheckedCondition,
  type CheckedFilter,
  filterFields,
  type GenerationSchema,
  type NumberRange,
} from '#core';
import { filterColumn, STRINGS_SEPARATOR, stringsItem } from './columns.js';

/**
 * A checked filter as a DataFusion condition. Every part is true or false and never null, so that `NOT` means what it
 * says of missing attributes. Columns are named by position: names never reach the SQL, and values only
 * inside quotes, where doubling the quote is the only escape there is.
 */
export function filterSql(filter: CheckedFilter, schema: GenerationSchema): string {
  if ('all' in filter) return joined(filter.all, 'AND', 'true', schema);
  if ('any' in filter) return joined(filter.any, 'OR', 'false', schema);
  if ('not' in filter) return `(NOT ${filterSql(filter.not, schema)})`;
  const column = filterColumn(schema, filter.name);
  if ('exists' in filter) return `(${column} IS ${filter.exists ? 'NOT ' : ''}NULL)`;
  return `(${column} IS NOT NULL AND ${condition(column, filterFields(schema)[filter.name] ?? 'string', filter)})`;
}

function joined(filters: readonly CheckedFilter[], word: string, empty: string, schema: GenerationSchema): string {
  return filters.length === 0 ? `(${empty})` : `(${filters.map((it) => filterSql(it, schema)).join(` ${word} `)})`;
}

type ValueCondition = Exclude<CheckedCondition, { exists: boolean }>;

function condition(column: string, type: AttributeType, filter: ValueCondition): string {
  if ('range' in filter) return range(column, filter.range);
  if ('equals' in filter) return equals(column, type, filter.equals);
  if ('in' in filter) {
    return filter.in.length === 0 ? 'false' : `(${filter.in.map((it) => equals(column, type, it)).join(' OR ')})`;
  }
  if (type === 'strings' && filter.prefix === '') return `${column} <> ${quoted(STRINGS_SEPARATOR)}`;
  return type === 'strings'
    ? `contains(${column}, ${quoted(STRINGS_SEPARATOR + stringsItem(filter.prefix))})`
    : `starts_with(${column}, ${quoted(filter.prefix)})`;
}

function equals(column: string, type: AttributeType, value: string | number | boolean): string {
  if (typeof value === 'number') return `${column} = ${number(value)}`;
  if (typeof value === 'boolean') return `${column} = ${value ? 1 : 0}`;
  return type === 'strings'
    ? `contains(${column}, ${quoted(STRINGS_SEPARATOR + stringsItem(value) + STRINGS_SEPARATOR)})`
    : `${column} = ${quoted(value)}`;
}

function range(column: string, { gt, gte, lt, lte }: NumberRange): string {
  const bounds = [
    ['>', gt],
    ['>=', gte],
    ['<', lt],
    ['<=', lte],
  ] as const;
  return bounds
    .flatMap(([sign, bound]) => (bound === undefined ? [] : `${column} ${sign} ${number(bound)}`))
    .join(' AND ');
}

/** Always with an exponent, so that it is read as a double and not as an integer that may be too large. */
function number(value: number): string {
  return (value === 0 ? 0 : value).toExponential();
}

export function quoted(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
