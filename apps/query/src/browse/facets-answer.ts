import type { AttributeType, Facet, FacetSubject, FacetsAnswer, ValueCount } from '#core';

/** Of attributes and fields that have values to choose from. */
export type CommonValuesAnswer = Extract<Facet, { readonly values: readonly ValueCount[] }>;

/** Of numbers and dates: `null` where no image has one. Dates are texts. */
export type RangeAnswer = FacetSubject & {
  readonly type: AttributeType;
  readonly images: number;
  readonly min: number | string | null;
  readonly max: number | string | null;
};

/** In the order of the request. */
export interface FacetsAnswerBody extends Omit<FacetsAnswer, 'facets'> {
  readonly facets: readonly (CommonValuesAnswer | RangeAnswer)[];
  readonly tookMs: number;
}

/** Facets as JSON has them: dates as texts. */
export function facetsAnswer(answer: FacetsAnswer & { readonly tookMs: number }): FacetsAnswerBody {
  return { ...answer, facets: answer.facets.map(facetAnswer) };
}

function facetAnswer(facet: Facet): CommonValuesAnswer | RangeAnswer {
  if (!('range' in facet)) return facet;
  const { range, ...rest } = facet;
  const shown = (value: number | undefined) =>
    value === undefined || facet.type !== 'date' ? (value ?? null) : new Date(value).toISOString();
  return { ...rest, min: shown(range?.min), max: shown(range?.max) };
}
