import {
  type EventLog,
  IMAGE_EVENTS_TOPIC,
  isLookalikeError,
  parseImageId,
  partitionOf,
  type VectorIndex,
} from '#core';
import { ImageStatuses } from '#pipeline';
import { ImageSearch, type SearchResult, searchBy, shippedModel, takeLooks } from '#search';
import { cosine, MemoryBlobStore, noLinks, recordsOf, stateOf } from '#testkit';
import type { DecisionWatch } from './decision-watch.js';
import { PARTITIONS } from './embedder-process.js';
import { type KnownVectors, PICTURES, type ProcessEncoders } from './encoders.js';
import { readEvent } from './expected-fold.js';
import { type Latency, Wire } from './wire.js';

/** Answers of the exact search of the picture's own vector differ from arithmetic by less. */
const TOLERANCE = 1e-4;
const OF_THE_IMAGE = ['image-unknown', 'image-not-searchable'];

interface Watched {
  readonly log: EventLog;
  readonly index: VectorIndex;
  readonly watch: DecisionWatch;
}

interface ReaderOptions {
  readonly vectors: KnownVectors;
  readonly readerEncoders: ProcessEncoders;
}

/** Searches and asks what became of images while everything else goes on, and checks each answer by itself. */
export class Reader {
  searches = 0;
  readonly #log: EventLog;
  readonly #watch: DecisionWatch;
  readonly #vectors: KnownVectors;
  readonly #search: ImageSearch;
  readonly #statuses: ImageStatuses;

  constructor({ log, index, watch }: Watched, { vectors, readerEncoders }: ReaderOptions, latency: Latency) {
    this.#log = log;
    this.#watch = watch;
    this.#vectors = vectors;
    const wire = new Wire(latency);
    const wired = wire.index(index);
    this.#search = new ImageSearch({
      index: wired,
      encoders: readerEncoders,
      blobs: new MemoryBlobStore(),
      fetchLink: noLinks,
      looks: { look: async (task) => takeLooks(task) },
      models: { modelOf: async ({ schema }, vector) => shippedModel(schema.encoder, vector) },
      duplicates: { copiesAmong: async () => new Map(), toldApartFrom: async () => new Set() },
      precision: 0.99,
      maxBytes: 1_000_000,
      maxSearches: 4,
      maxWaiting: 100,
      timeoutMs: 30_000,
    });
    this.#statuses = new ImageStatuses({ log: wire.log(log), index: wired });
  }

  async byPicture(picture: Uint8Array): Promise<void> {
    await this.#checked(
      () => this.#search.search(searchBy({ by: 'picture', bytes: picture })),
      [],
      (result) => this.#explains(result, [stateOf(picture).sha256]),
    );
  }

  /** Which picture the image has is what the generation that answers knew of it: any that it ever had. */
  async byImage(imageId: string): Promise<void> {
    const pictures = PICTURES.map((it) => stateOf(it).sha256);
    await this.#checked(
      () => this.#search.search(searchBy({ by: 'image', imageId: parseImageId(imageId) })),
      OF_THE_IMAGE,
      (result) => this.#explains(result, [...pictures, ...this.#vectors.late]),
    );
  }

  /** What was accepted before is known afterwards: nothing is silent, whatever generation is live. */
  async status(imageId: string): Promise<void> {
    const accepted = await this.#lastVersion(imageId);
    await this.#checked(
      () => this.#statuses.statusOf(parseImageId(imageId)),
      [],
      async ({ version, state }) => {
        if ((version ?? -1) >= accepted) return;
        throw new Error(`Of ${imageId} version ${accepted} was accepted, and it is ${state} at ${version}.`);
      },
    );
  }

  async #checked<T>(
    ask: () => Promise<T>,
    answers: readonly string[],
    check: (result: T) => Promise<void>,
  ): Promise<void> {
    this.searches += 1;
    const since = this.#watch.settledAt;
    let result: T;
    try {
      result = await ask();
    } catch (error) {
      if (isLookalikeError(error) && answers.includes(error.code)) return;
      // Nothing was live for a while: the only time at which an answer may be missing.
      if (isLookalikeError(error) && this.#watch.lives.slice(since).includes(null)) return;
      throw error;
    }
    await check(result);
  }

  /** Of one generation that was live meanwhile, with its encoder, whatever picture of those was asked for. */
  async #explains({ generation, encoder, results }: SearchResult, asked: readonly string[]): Promise<void> {
    if (this.#watch.fingerprints.get(generation) !== encoder.fingerprint) {
      throw new Error(`Generation ${generation} was searched with encoder ${encoder.fingerprint}.`);
    }
    const found = await Promise.all(
      results.map(async (it) => ({ ...it, sha256: await this.#pictureAt(it.imageId, it.version) })),
    );
    const { fingerprint } = encoder;
    const fits = (query: string) =>
      found.every(({ sha256, score }) => Math.abs(this.#cosine(fingerprint, query, sha256) - score) < TOLERANCE);
    if (new Set(results.map(({ imageId }) => imageId)).size < results.length || !asked.some(fits)) {
      throw new Error(`Generation ${generation} answers what its encoder did not make: ${JSON.stringify(found)}`);
    }
  }

  #cosine(fingerprint: string, a: string, b: string): number {
    const [one, other] = [this.#vectors.of(fingerprint, a).fc, this.#vectors.of(fingerprint, b).fc];
    return one === undefined || other === undefined ? Number.NaN : cosine(one, other);
  }

  async #pictureAt(imageId: string, version: number): Promise<string> {
    const partition = partitionOf(imageId, PARTITIONS);
    const place = { topic: IMAGE_EVENTS_TOPIC, partition, from: version, to: version + 1 };
    for await (const record of this.#log.read(place)) {
      const event = readEvent(record);
      if (event?.imageId === imageId && event.kind !== 'deleted') return event.state.sha256;
    }
    return 'none';
  }

  async #lastVersion(imageId: string): Promise<number> {
    const records = (await recordsOf(this.#log, IMAGE_EVENTS_TOPIC)).filter((it) => it.key === imageId);
    return records.findLast((it) => readEvent(it) !== null)?.offset ?? -1;
  }
}
