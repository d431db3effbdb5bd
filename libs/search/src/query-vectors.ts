import { LRUCache } from 'lru-cache';
import {
  checkVector,
  type EncoderInput,
  type Encoders,
  type Generation,
  type ImageId,
  LookalikeError,
  type NamedVectors,
  type PictureStores,
  pictureSource,
  type Region,
  type RunningEncoder,
  type StoredRecord,
  unitVector,
  type VectorIndex,
} from '#core';
import { bytesDigest } from './bytes-digest.js';
import { notSearchedBy } from './search-modes.js';
import type { Example } from './search-query.js';

/** Of pictures that were searched by lately, for the next page or another filter; 16 kB each at 4096 numbers. */
const CACHED_PICTURES = 256;

export interface QueryVectorsOptions extends PictureStores {
  readonly index: Pick<VectorIndex, 'fetch'>;
  readonly encoders: Pick<Encoders, 'running'>;
}

/** Makes what is searched by out of the examples of a query. */
export class QueryVectors {
  readonly #options: QueryVectorsOptions;
  readonly #cache = new LRUCache<string, NamedVectors>({ max: CACHED_PICTURES });

  constructor(options: QueryVectorsOptions) {
    this.#options = options;
  }

  /**
   * Of each example in the order given. @throws `picture-…`, `link-…`, `blob-…`, `region-too-small`, `image-unknown`,
   * `image-not-searchable`, `invalid-vector`, `encoder-…`, `model-…`.
   */
  async of(
    examples: readonly Example[],
    generation: Generation,
    signal: AbortSignal,
  ): Promise<readonly NamedVectors[]> {
    const records = await this.#records(examples, generation);
    return Promise.all(examples.map((it) => this.#see(it, generation, records, signal)));
  }

  async #records(examples: readonly Example[], { name }: Generation): Promise<ReadonlyMap<ImageId, StoredRecord>> {
    const ids = examples.flatMap((it) => (it.by === 'image' ? [it.imageId] : []));
    if (ids.length === 0) return new Map();
    const records = await this.#options.index.fetch(ids, { generation: name, withVectors: true });
    return new Map(records.map((it) => [it.imageId, it]));
  }

  async #see(
    example: Example,
    generation: Generation,
    records: ReadonlyMap<ImageId, StoredRecord>,
    signal: AbortSignal,
  ): Promise<NamedVectors> {
    const { schema } = generation;
    if (example.by === 'vector') return givenVector(example, generation);
    if (example.by === 'image') {
      const { vectors, image } = searchable(example.imageId, records.get(example.imageId));
      if (example.region === undefined) return vectors ?? {};
      const bytes = await pictureSource(image, this.#options).read(signal);
      return this.#embed(bytes, example.region, await this.#options.encoders.running(schema.encoder));
    }
    const running = await this.#options.encoders.running(schema.encoder);
    return this.#embed(await this.#bytesOf(example, signal), example.region, running);
  }

  async #bytesOf(example: Extract<Example, { by: 'picture' | 'link' }>, signal: AbortSignal): Promise<Uint8Array> {
    if (example.by === 'picture') return example.bytes;
    const { fetchLink, maxBytes } = this.#options;
    return (await fetchLink(example.uri, { maxBytes, signal })).bytes;
  }

  async #embed(bytes: Uint8Array, region: Region | undefined, running: RunningEncoder): Promise<NamedVectors> {
    const sha256 = bytesDigest(bytes);
    const key = JSON.stringify([running.encoder.info.fingerprint, sha256, region]);
    const known = this.#cache.get(key);
    const vectors = known ?? (await encoded(await running.preparePicture(bytes, region), running));
    this.#cache.set(key, vectors);
    return vectors;
  }
}

async function encoded(picture: EncoderInput, { interactive }: RunningEncoder): Promise<NamedVectors> {
  const [features = {}] = await interactive.encode([picture]);
  const vectors = Object.entries(features).map(([name, values]) => [name, unitVector(values)] as const);
  return Object.fromEntries(vectors);
}

function givenVector({ name, values }: Extract<Example, { by: 'vector' }>, { schema }: Generation): NamedVectors {
  const searched = schema.vectors.filter(({ role }) => role === 'searched');
  const spec = name === undefined ? searched[0] : searched.find((it) => it.name === name);
  if (spec === undefined) throw notSearchedBy(schema, name === undefined ? [] : [name]);
  checkVector(values, spec);
  return { [spec.name]: unitVector(values) };
}

function searchable(imageId: ImageId, record: StoredRecord | undefined): Extract<StoredRecord, { state: 'ready' }> {
  if (record === undefined) {
    throw new LookalikeError('image-unknown', 'No image has this imageId.', { facts: { imageId } });
  }
  if (record.state === 'ready') return record;
  const { state } = record;
  const reason = record.state === 'failed' ? record.reason : undefined;
  const why = {
    failed: `The image could not be taken into the index: ${reason?.message ?? 'the reason is not known.'}`,
    deleted: 'The image has been deleted.',
  }[state];
  throw new LookalikeError('image-not-searchable', why, { facts: { imageId, state, ...(reason && { reason }) } });
}

/** How far a query moves away from its negative examples, for each step towards the positive ones. */
const AWAY = 0.5;

/**
 * The direction from the middle of the negative examples to the middle of the positive ones: mean(positives) − 0.5 ×
 * mean(negatives), after Rocchio, Relevance feedback in information retrieval, 1971. Of each vector that all examples have.
 * @throws `invalid-vector` where nothing is left of them.
 */
export function combined(positives: readonly NamedVectors[], negatives: readonly NamedVectors[]): NamedVectors {
  const [first = {}, ...others] = [...positives, ...negatives];
  if (others.length === 0) return first;
  const shared = Object.keys(first).filter((name) => others.every((it) => Object.hasOwn(it, name)));
  return Object.fromEntries(shared.map((name) => [name, direction(name, positives, negatives)]));
}

function direction(name: string, positives: readonly NamedVectors[], negatives: readonly NamedVectors[]): Float32Array {
  const sum = new Float32Array(positives[0]?.[name]?.length ?? 0);
  const add = (vectors: readonly NamedVectors[], weight: number) => {
    for (const it of vectors) {
      const vector = it[name] ?? sum;
      for (let i = 0; i < sum.length; i++)
        sum[i] = (sum[i] as number) + (weight / vectors.length) * (vector[i] as number);
    }
  };
  add(positives, 1);
  add(negatives, -AWAY);
  try {
    return unitVector(sum);
  } catch (cause) {
    throw new LookalikeError('invalid-vector', 'The examples cancel each other out.', {
      cause,
      facts: { vector: name },
    });
  }
}
