import type { Filter } from './filter.js';
import type { ImageId } from './image-id.js';
import type { ImageRecordState } from './vector-record.js';

export interface ListRequest {
  /** Default: the live one. */
  readonly generation?: string;
  /** At least one. */
  readonly states: readonly ImageRecordState[];
  /** Only images that it holds for. A deleted image has no attribute and no field. */
  readonly filter?: Filter;
  /** The last image of the page before. */
  readonly after?: ImageId;
  /** 1 to `LIST_LIMIT`. */
  readonly limit: number;
}

export const LIST_LIMIT = 1_000;
