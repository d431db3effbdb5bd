import { LRUCache } from 'lru-cache';
import {
  checkVector,
  type EncoderInput,
  type Encoders,
  type Generation,
  type ImageId,
  isFault,
  LookalikeError,
  type NamedVectors,
  type PictureStores,
  pictureSource,
  type Region,
  type RunningEncoder,
  type StoredRecord,
  searchPaths,
  unitVector,
  unitVectors,
  type VectorIndex,
} from '#core';
import { bytesDigest } from './bytes-digest.js';
import type { AskedPicture } from './match/index.js';
import { notSearchedBy } from './search-modes.js';
import type { Example } from './search-query.js';
import { isSideways, TURNS, turnedPixels } from './second-look/index.js';

/** Of pictures that were searched by lately, for the next page or another filter; 18 kB each at 4096 numbers. */
const CACHED_PICTURES = 256;
/** The same in their turns. */
const CACHED_TURNED = 16;

/** Pictures of one search: eight of the largest, in each of the searches under way, would be gigabytes. */
const READ_AT_ONCE = 2;
/** What errors of a picture that cannot be had are called. */
const OF_PICTURES = /^(blob|link|picture|uri)-/;

/** An example as a search sees it. */
export interface SeenExample {
  readonly vectors: NamedVectors;
  /** `null` of a vector. */
  readonly picture: AskedPicture | null;
  /** `null` where several examples are asked about: of those no picture is kept. */
  readonly turned: AskForTurns | null;
}

/**
 * A picture in each further turn that the encoder can take; none of a vector, and `null` of an image whose picture cannot be had any
 * more, though its vectors are known. Errors as of `QueryVectors.of`.
 */
export type AskForTurns = () => Promise<readonly NamedVectors[] | null>;

type SeenPicture = Omit<SeenExample, 'turned'>;

export interface QueryVectorsOptions extends PictureStores {
  readonly index: Pick<VectorIndex, 'fetch'>;
  readonly encoders: Pick<Encoders, 'running'>;
}

/** Makes what is searched by out of the examples of a query. */
export class QueryVectors {
  readonly #options: QueryVectorsOptions;
  readonly #cache = new LRUCache<string, SeenPicture>({ max: CACHED_PICTURES });
  readonly #turned = new LRUCache<string, readonly NamedVectors[]>({ max: CACHED_TURNED });

  constructor(options: QueryVectorsOptions) {
    this.#options = options;
  }

  /**
   * Of each example in the order given. @throws `picture-…`, `link-…`, `blob-…`, `region-too-small`, `image-unknown`,
   * `image-not-searchable`, `invalid-vector`, `encoder-…`, `model-…`.
   */
  async of(examples: readonly Example[], generation: Generation, signal: AbortSignal): Promise<readonly SeenExample[]> {
    const records = await this.#records(examples, generation);
    const isOnly = examples.length === 1;
    const seen: SeenExample[] = [];
    for (let at = 0; at < examples.length; at += READ_AT_ONCE) {
      signal.throwIfAborted();
      const some = examples.slice(at, at + READ_AT_ONCE).map((it) => this.#see(it, generation, records, signal));
      for (const it of await Promise.all(some)) seen.push(isOnly ? it : { ...it, turned: null });
    }
    return seen;
  }

  async #records(examples: readonly Example[], { name }: Generation): Promise<ReadonlyMap<ImageId, StoredRecord>> {
    const ids = examples.flatMap((it) => (it.by === 'image' ? [it.imageId] : []));
    if (ids.length === 0) return new Map();
    const wanted = { generation: name, withVectors: true, withGreyCopies: true };
    const records = await this.#options.index.fetch(ids, wanted);
    return new Map(records.map((it) => [it.imageId, it]));
  }

  async #see(
    example: Example,
    generation: Generation,
    records: ReadonlyMap<ImageId, StoredRecord>,
    signal: AbortSignal,
  ): Promise<SeenExample> {
    const { schema } = generation;
    if (example.by === 'vector') {
      const vectors = givenVector(example, generation);
      return { vectors, picture: null, turned: async () => [] };
    }
    const bytesOf = () => this.#bytesOf(example, records, signal);
    const running = () => this.#options.encoders.running(schema.encoder);
    if (example.by === 'image' && example.region === undefined) {
      const found = searchable(example.imageId, records.get(example.imageId));
      const { vectors = {}, image, perceptualHash, greyCopy = null } = found;
      return {
        vectors,
        picture: { sha256: image.sha256, perceptualHash, greyCopy },
        turned: async () => {
          const encoder = await running();
          return nullWithoutPicture(async () => this.#turnedOf(await bytesOf(), undefined, encoder));
        },
      };
    }
    const encoder = await running();
    const bytes = await bytesOf();
    const seen = await this.#embed(bytes, example.region, encoder);
    return { ...seen, turned: () => this.#turnedOf(bytes, example.region, encoder) };
  }

  async #bytesOf(
    example: Exclude<Example, { by: 'vector' }>,
    records: ReadonlyMap<ImageId, StoredRecord>,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const { fetchLink, maxBytes } = this.#options;
    switch (example.by) {
      case 'picture':
        return example.bytes;
      case 'link':
        return (await fetchLink(example.uri, { maxBytes, signal })).bytes;
      case 'image': {
        const { image } = searchable(example.imageId, records.get(example.imageId));
        return pictureSource(image, this.#options).read(signal);
      }
    }
  }

  async #embed(bytes: Uint8Array, region: Region | undefined, running: RunningEncoder): Promise<SeenPicture> {
    const sha256 = bytesDigest(bytes);
    const key = cacheKey(sha256, region, running);
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    const prepared = await running.preparePicture(bytes, region);
    const { perceptualHash, greyCopy } = prepared;
    const [vectors = {}] = await encoded([prepared], running);
    const file = region === undefined ? sha256 : null;
    const seen = { vectors, picture: { sha256: file, perceptualHash, greyCopy } };
    this.#cache.set(key, seen);
    return seen;
  }

  async #turnedOf(
    bytes: Uint8Array,
    region: Region | undefined,
    running: RunningEncoder,
  ): Promise<readonly NamedVectors[]> {
    const key = cacheKey(bytesDigest(bytes), region, running);
    const known = this.#turned.get(key);
    const turned = known ?? (await encodedTurned(await running.preparePicture(bytes, region), running));
    this.#turned.set(key, turned);
    return turned;
  }
}

/** `null` where the picture cannot be had, whenever one asks. @throws anything else, as a fault. */
async function nullWithoutPicture<T>(see: () => Promise<T>): Promise<T | null> {
  try {
    return await see();
  } catch (error) {
    if (isFault(error) || !OF_PICTURES.test((error as LookalikeError).code)) throw error;
    return null;
  }
}

function cacheKey(sha256: string, region: Region | undefined, { encoder }: RunningEncoder): string {
  return JSON.stringify([encoder.info.fingerprint, sha256, region]);
}

async function encoded(
  pictures: readonly EncoderInput[],
  { interactive }: RunningEncoder,
): Promise<readonly NamedVectors[]> {
  const all = await interactive.encode(pictures);
  return all.map(({ vectors }) => unitVectors(vectors));
}

/** What the encoder takes is turned, not the picture: the same but for what is cut off, and no second decoding. */
function encodedTurned({ pixels }: EncoderInput, running: RunningEncoder): Promise<readonly NamedVectors[]> {
  const { inputWidth: width, inputHeight: height } = running.encoder.info;
  const turns = TURNS.filter((turn) => turn !== 'none' && (width === height || !isSideways(turn)));
  const inputs = turns.map((turn) => ({ pixels: turnedPixels(pixels, { width, height }, turn) }));
  return encoded(inputs, running);
}

function givenVector({ name, values }: Extract<Example, { by: 'vector' }>, { schema }: Generation): NamedVectors {
  const searched = searchPaths(schema).map(({ scored }) => scored);
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
