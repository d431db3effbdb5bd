import type { AttributeType, Filter, ImageField } from './filter.js';

/** What is counted: an attribute or a field, as filters name them. */
export type FacetSubject = { readonly attribute: string } | { readonly field: ImageField };

export interface FacetsRequest {
  /** Default: the live one. */
  readonly generation?: string;
  /** Only images that it holds for. */
  readonly filter?: Filter;
  /** Each once, at most `FACET_LIMITS.subjects`. */
  readonly of: readonly FacetSubject[];
  /** Values of each: 1 to `FACET_LIMITS.values`. */
  readonly limit: number;
}

export const FACET_LIMITS = { subjects: 16, values: 1_000 } as const;

export interface ValueCount {
  readonly value: string | boolean;
  readonly images: number;
}

/** Of strings, lists of strings and booleans. */
export interface CommonValues {
  /** That have the attribute. */
  readonly images: number;
  /** The commonest first; ties by value: `false` first, strings by their code points. */
  readonly values: readonly ValueCount[];
  /** Whether there are others. */
  readonly hasMore: boolean;
}

/** Of numbers, and of dates in ms since 1970. */
export interface ValueRange {
  /** That have the attribute. */
  readonly images: number;
  /** `null` when none has it. */
  readonly range: { readonly min: number; readonly max: number } | null;
}

export type FacetCounts = CommonValues | ValueRange;

export type Facet = FacetSubject & { readonly type: AttributeType } & FacetCounts;

export interface FacetsAnswer {
  readonly generation: string;
  /** Ready images that the filter holds for. */
  readonly images: number;
  /** In the order of the request. */
  readonly facets: readonly Facet[];
}
