import { type GenerationSchema, type NamedVectors, unitVector, type VectorRecord } from '#core';

/** The perceptual hash as 64 numbers of 0 and 1: the Manhattan distance of two is their Hamming distance. */
export const HASH_VECTOR = 'phash';
export const HASH_BITS = 64;

/** `-0.1234567,` is the longest that a number gets. */
export const NUMBER_BYTES = 11;
const DECIMALS = 1e7;

/**
 * The direction alone, which is all that cosine compares, rounded to 1e-7: half the bytes of the exact numbers, and an
 * error below that of adding 4096 products in float32.
 */
export function numbersOf(vector: Float32Array): number[] {
  return Array.from(unitVector(vector), (it) => Math.round(it * DECIMALS) / DECIMALS);
}

/** Only of ready images: searches cannot find a point without vectors. */
export function pointVectors(record: VectorRecord): Record<string, number[]> {
  if (record.state !== 'ready') return {};
  const named = Object.entries(record.vectors).map(([name, vector]) => [name, numbersOf(vector)] as const);
  return { ...Object.fromEntries(named), [HASH_VECTOR]: hashBits(record.perceptualHash) };
}

/** At most, as JSON. */
export function vectorBytes(schema: GenerationSchema): number {
  return schema.vectors.reduce((sum, it) => sum + it.size * NUMBER_BYTES + it.name.length * 6 + 8, HASH_BITS * 2 + 16);
}

export function vectorsFrom(schema: GenerationSchema, vector: unknown): NamedVectors {
  const named = vector as Readonly<Record<string, readonly number[]>>;
  return Object.fromEntries(schema.vectors.map(({ name }) => [name, Float32Array.from(named[name] ?? [])]));
}

function hashBits(hash: string): number[] {
  const bits = [...hash].map((digit) => Number.parseInt(digit, 16).toString(2).padStart(4, '0')).join('');
  return Array.from(bits, Number);
}
