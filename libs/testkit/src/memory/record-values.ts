import {
  type AttributeType,
  type CheckedFilter,
  commonValues,
  type DeclaredAttributes,
  type FacetCounts,
  filterableValue,
  isRanged,
  type NumberRange,
  type ReadyRecord,
  type VectorRecord,
} from '#core';

/** What facets count of an attribute or field. */
export function countsOf(
  records: readonly ReadyRecord[],
  name: string,
  type: AttributeType,
  limit: number,
): FacetCounts {
  const found = records.map((it) => filterableValue(it, name, type)).filter((it) => it !== undefined);
  const images = found.length;
  if (isRanged(type)) {
    const numbers = found as number[];
    return { images, range: images === 0 ? null : { min: Math.min(...numbers), max: Math.max(...numbers) } };
  }
  const counts = new Map<string | boolean, number>();
  for (const it of found) {
    for (const value of new Set(typeof it === 'object' ? it : [it as string | boolean])) {
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }
  return commonValues(
    Array.from(counts, ([value, having]) => ({ value, images: having })),
    images,
    limit,
  );
}

/** Whether a checked filter holds for a record. */
export function matches(filter: CheckedFilter, record: VectorRecord, types: DeclaredAttributes): boolean {
  if ('all' in filter) return filter.all.every((it) => matches(it, record, types));
  if ('any' in filter) return filter.any.some((it) => matches(it, record, types));
  if ('not' in filter) return !matches(filter.not, record, types);
  const value = filterableValue(record, filter.name, types[filter.name] ?? 'string');
  if ('exists' in filter) return (value !== undefined) === filter.exists;
  if (value === undefined) return false;
  const items: readonly (string | number | boolean)[] = typeof value === 'object' ? value : [value];
  if ('equals' in filter) return items.includes(filter.equals);
  if ('in' in filter) return filter.in.some((it) => items.includes(it));
  if ('prefix' in filter) return items.some((it) => typeof it === 'string' && it.startsWith(filter.prefix));
  return typeof value === 'number' && within(value, filter.range);
}

function within(value: number, { gt, gte, lt, lte }: NumberRange): boolean {
  return (
    (gt === undefined || value > gt) &&
    (gte === undefined || value >= gte) &&
    (lt === undefined || value < lt) &&
    (lte === undefined || value <= lte)
  );
}
