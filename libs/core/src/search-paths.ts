import type { GenerationSchema, VectorSpec } from './ports/vector-index.js';

/** A vector that a generation answers by. */
export interface SearchPath {
  /** Its originals give the score; what is searched by has to have it. */
  readonly scored: VectorSpec;
  /** Candidates are found in its graph: the same one, or a projection of it. */
  readonly searched: VectorSpec;
}

/** In the order of the schema. */
export function searchPaths({ vectors }: Pick<GenerationSchema, 'vectors'>): readonly SearchPath[] {
  return vectors.flatMap((searched) => {
    if (searched.role !== 'searched') return [];
    const { projection } = searched;
    const scored = projection === undefined ? searched : vectors.find(({ name }) => name === projection.of);
    return scored === undefined ? [] : [{ scored, searched }];
  });
}

/** What records of the log have of a generation's vectors. */
export function carriedVectors({ vectors }: Pick<GenerationSchema, 'vectors'>): readonly VectorSpec[] {
  return vectors.filter(({ projection }) => projection === undefined);
}
