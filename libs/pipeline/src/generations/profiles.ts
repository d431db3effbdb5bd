import { carriedVectors, type FittedProjection, type GenerationSchema, refusedField, type VectorSpec } from '#core';

/**
 * What is searched of the vectors that the log has. `literal`: each as it is. `lean`: of the large ones a projection to
 * `components` numbers, whose candidates are ordered by the vector itself.
 */
export type Profile = { readonly kind: 'literal' } | { readonly kind: 'lean'; readonly components: number };

export const PROFILES = ['literal', 'lean'] as const satisfies readonly Profile['kind'][];
/** Of what a caller may ask for, and what it gets without. */
export const COMPONENTS = { least: 64, most: 1_024, default: 256 } as const;
/** A vector that is less than so many times as large as its projection is searched as it is. */
const LEAST_REDUCTION = 2;

type Vectors = Pick<GenerationSchema, 'vectors'>;

export function profileOf({ vectors }: Vectors): Profile {
  const coarse = vectors.find(({ projection }) => projection !== undefined);
  return coarse === undefined ? { kind: 'literal' } : { kind: 'lean', components: coarse.size };
}

/**
 * The schema's vectors in that profile; a projection of them is to be fitted for the generation.
 * @throws `invalid-request` where none of them is large enough to be projected.
 */
export function vectorsIn(profile: Profile, schema: Vectors, generation: string): readonly VectorSpec[] {
  const carried = carriedVectors(schema).map((it) => ({ ...it, role: 'searched' as const }));
  if (profile.kind === 'literal') return carried;
  const { components } = profile;
  const vectors = carried.flatMap((it): readonly VectorSpec[] => {
    if (it.size < LEAST_REDUCTION * components) return [it];
    const projection = { of: it.name, fittedFor: generation, digest: null };
    const coarse = {
      name: `${it.name}-coarse`,
      size: components,
      datatype: it.datatype,
      role: 'searched',
      projection,
    } as const;
    return [{ ...it, role: 'rescored' }, coarse];
  });
  if (vectors.length > carried.length) return vectors;
  const largest = Math.max(...carried.map(({ size }) => size));
  throw refusedField('components', `must be at most half of the largest vector, which has ${largest} numbers`);
}

/** Whether nothing is left to be fitted. */
export function isFitted({ vectors }: Vectors): boolean {
  return vectors.every(({ projection }) => projection?.digest !== null);
}

export function withFitted(schema: GenerationSchema, fitted: readonly FittedProjection[]): GenerationSchema {
  const digests = new Map(fitted.map(({ name, digest }) => [name, digest]));
  const vectors = schema.vectors.map((it) => {
    const digest = digests.get(it.name);
    return it.projection === undefined || digest === undefined
      ? it
      : { ...it, projection: { ...it.projection, digest } };
  });
  return { ...schema, vectors };
}

/** For which generations the projections of the schema were fitted. */
export function fittedFor({ vectors }: Vectors): readonly string[] {
  return [...new Set(vectors.flatMap(({ projection }) => (projection === undefined ? [] : [projection.fittedFor])))];
}
