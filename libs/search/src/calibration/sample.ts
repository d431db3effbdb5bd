import {
  type Generation,
  type GreyCopy,
  type ImageId,
  type ImageState,
  type NamedVectors,
  Reservoir,
  type StoredRecord,
  searchPaths,
  unitVector,
  type VectorIndex,
} from '#core';

/** An image of the sample as the index has it. */
export interface Original {
  readonly image: ImageState;
  /** Those that the generation is searched by, of unit length. */
  readonly vectors: NamedVectors;
  readonly perceptualHash: string;
  /** `null` in a generation that keeps none: then no second look is taken, as in its searches. */
  readonly greyCopy: GreyCopy | null;
  /** Of the upright picture. */
  readonly pixels: number;
}

/** Fetched together: 1.6 MB of vectors of 4096 numbers. */
const FETCHED = 100;

/** So many ready images of a generation, each with the same chance; fewer where there are not as many. */
export async function takeSample(
  index: Pick<VectorIndex, 'scan' | 'fetch'>,
  generation: Generation,
  size: number,
  signal: AbortSignal,
): Promise<readonly Original[]> {
  const sample = new Reservoir<ImageId>(size);
  for await (const batch of index.scan({ generation: generation.name })) {
    signal.throwIfAborted();
    for (const { imageId, state } of batch) if (state === 'ready') sample.offer(imageId);
  }
  const originals: Original[] = [];
  for (let from = 0; from < sample.kept.length; from += FETCHED) {
    signal.throwIfAborted();
    const wanted = { generation: generation.name, withVectors: true, withGreyCopies: true };
    const records = await index.fetch(sample.kept.slice(from, from + FETCHED), wanted);
    originals.push(...records.flatMap((it) => originalOf(it, generation)));
  }
  return originals;
}

/** None of an image that was deleted or failed meanwhile. */
function originalOf(record: StoredRecord, { schema }: Generation): readonly Original[] {
  if (record.state !== 'ready') return [];
  const { image, vectors = {}, perceptualHash, greyCopy = null, width, height } = record;
  const searched = searchPaths(schema).flatMap(({ scored: { name } }) => {
    const values = vectors[name];
    return values === undefined ? [] : [[name, unitVector(values)] as const];
  });
  return [{ image, vectors: Object.fromEntries(searched), perceptualHash, greyCopy, pixels: width * height }];
}
