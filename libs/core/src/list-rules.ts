import type { CheckedFilter } from './filter.js';
import { badFilter, checkedFilter } from './filter-rules.js';
import { LIST_LIMIT, type ListRequest } from './image-list.js';
import type { GenerationSchema } from './ports/vector-index.js';
import { refusedField } from './refused-field.js';

export type CheckedList = Omit<ListRequest, 'generation' | 'filter'> & { readonly filter?: CheckedFilter };

/** @throws `invalid-filter`, `invalid-request` naming the field. */
export function checkedList({ states, filter, after, limit }: ListRequest, schema: GenerationSchema): CheckedList {
  if (states.length === 0) throw refusedField('state', 'must be at least one');
  if (!Number.isInteger(limit) || limit < 1 || limit > LIST_LIMIT) {
    throw refusedField('limit', `must be a whole number from 1 to ${LIST_LIMIT}`);
  }
  if (filter !== undefined && states.includes('failed') && !schema.filtersFailed) {
    throw badFilter('filter', 'sees no failed images in this generation of the index, which is older: reindex');
  }
  return {
    states,
    limit,
    ...(filter && { filter: checkedFilter(filter, schema) }),
    ...(after !== undefined && { after }),
  };
}
