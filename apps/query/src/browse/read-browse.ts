import { type FacetSubject, type FacetsRequest, type ImageField, parseFilter } from '#core';
import type { ImageListQuery } from '#search';
import { bodyOfTexts, readAs } from '../search/read-search.js';
import { FacetsBody, ListBody } from './browse-body.js';

/** Names are checked against the generation. @throws `invalid-request`, `invalid-filter`. */
export async function readFacets(parameters: object): Promise<FacetsRequest> {
  const { attributes, fields, filter, limit } = await readAs(FacetsBody, bodyOfTexts(parameters));
  const of: readonly FacetSubject[] = [
    ...attributes.map((attribute) => ({ attribute })),
    ...fields.map((field) => ({ field: field as ImageField })),
  ];
  return { of, limit, ...(filter && { filter: parseFilter(filter) }) };
}

/** @throws `invalid-request`, `invalid-filter`. */
export async function readList(parameters: object): Promise<ImageListQuery> {
  const { state, filter, limit, cursor } = await readAs(ListBody, bodyOfTexts(parameters));
  return {
    states: state,
    limit,
    ...(filter && { filter: parseFilter(filter) }),
    ...(cursor !== undefined && { cursor }),
  };
}
