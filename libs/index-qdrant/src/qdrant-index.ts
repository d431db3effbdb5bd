import {
  type ApplyResult,
  checkedFacets,
  checkedList,
  checkedSearch,
  checkFetchIds,
  checkGeneration,
  type ErrorCode,
  type FacetsAnswer,
  type FacetsRequest,
  type Generation,
  type GenerationSchema,
  isLookalikeError,
  type ListAnswer,
  type ListRequest,
  LookalikeError,
  NO_IMAGE,
  type ReadRecordOptions,
  type SearchAnswer,
  type SearchRequest,
  type StateCounts,
  type StoredRecord,
  type VectorIndex,
  type VectorRecord,
} from '#core';
import { GenerationCatalog } from './generation-catalog.js';
import { generationSettings } from './generation-settings.js';
import { RECORDS_ALONE, type Wanted } from './point-payload.js';
import { QdrantConnection } from './qdrant-connection.js';
import { QdrantGeneration } from './qdrant-generation.js';
import { checkSettings, type QdrantSettings } from './qdrant-settings.js';

const SCAN_BATCH = 500;
const LIVE_ATTEMPTS = 3;

/**
 * The index in Qdrant. Nothing is asked of the server before the first call, which also asks whether it will do: whatever
 * is called throws `invalid-setting` for one older than 1.17, or a key that it does not take.
 * @throws `invalid-setting` for a setting out of range.
 */
export function openQdrantIndex(settings: QdrantSettings): VectorIndex {
  checkSettings(settings);
  const qdrant = new QdrantConnection(settings);
  return new QdrantIndex(qdrant, settings, new GenerationCatalog(qdrant, settings));
}

class QdrantIndex implements VectorIndex {
  #applying: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly qdrant: QdrantConnection,
    private readonly settings: QdrantSettings,
    private readonly catalog: GenerationCatalog,
  ) {}

  checkSettings(settings: GenerationSchema['settings']): void {
    generationSettings(settings, this.settings);
  }

  async createGeneration(name: string, schema: GenerationSchema): Promise<void> {
    this.qdrant.assertOpen();
    checkGeneration(name, schema);
    await this.catalog.create(name, schema);
  }

  async generations(): Promise<readonly Generation[]> {
    this.qdrant.assertOpen();
    const [found, live] = await Promise.all([this.catalog.list(), this.catalog.liveName()]);
    return found.map((it) => ({ ...it, live: it.name === live }));
  }

  async dropGeneration(name: string): Promise<void> {
    this.qdrant.assertOpen();
    return this.catalog.drop(name);
  }

  async live(): Promise<Generation | null> {
    try {
      return await this.#in(undefined, async ({ name, schema }) => ({ name, schema, live: true }));
    } catch (error) {
      if (hasCode(error, 'no-live-generation')) return null;
      throw error;
    }
  }

  async makeLive(name: string): Promise<void> {
    this.qdrant.assertOpen();
    return this.catalog.makeLive(name);
  }

  /** One at a time: what is counted as applied is told by the versions before, which another write would change. */
  apply(name: string, records: readonly VectorRecord[]): Promise<ApplyResult> {
    const applied = this.#applying.then(() =>
      this.#in(name, async (generation) => {
        await this.catalog.ensureIndexes(name);
        return generation.apply(records);
      }),
    );
    this.#applying = applied.catch(() => undefined);
    return applied;
  }

  search(request: SearchRequest): Promise<SearchAnswer> {
    return this.#in(request.generation, async (generation) => {
      const checked = checkedSearch(request, generation.schema);
      return { generation: generation.name, hits: await generation.search(checked) };
    });
  }

  facets(request: FacetsRequest): Promise<FacetsAnswer> {
    return this.#in(request.generation, async (generation) => {
      const checked = checkedFacets(request, generation.schema);
      return { generation: generation.name, ...(await generation.facets(checked)) };
    });
  }

  async fetch(imageIds: readonly string[], options: ReadRecordOptions = {}): Promise<readonly StoredRecord[]> {
    this.qdrant.assertOpen();
    checkFetchIds(imageIds.length);
    return this.#in(options.generation, (it) => it.fetch(imageIds, wantedBy(options)));
  }

  list(request: ListRequest): Promise<ListAnswer> {
    return this.#in(request.generation, async (generation) => {
      const checked = checkedList(request, generation.schema);
      return { generation: generation.name, records: await generation.list(checked) };
    });
  }

  async *scan(options: ReadRecordOptions & { readonly batchSize?: number } = {}) {
    const generation = await this.#in(options.generation, async (it) => it);
    yield* generation.scan(wantedBy(options), options.batchSize ?? SCAN_BATCH);
  }

  count(options: { readonly generation?: string } = {}): Promise<StateCounts> {
    return this.#in(options.generation, (it) => it.count());
  }

  settle(name: string): Promise<void> {
    return this.#in(name, async (generation) => {
      await this.catalog.startIndexing(name);
      await generation.settle();
    });
  }

  /** The server, and the live generation as far as reading one point tells. */
  async check(): Promise<void> {
    this.qdrant.assertOpen();
    const live = await this.live();
    if (live !== null) await this.#within(live.name, (it) => it.fetch([NO_IMAGE], RECORDS_ALONE));
  }

  async close(): Promise<void> {
    this.qdrant.close();
  }

  /**
   * In the generation of that name, or in the live one: by its own name and not by the alias, so that an answer is of one
   * generation whatever happens to the alias. One that is switched off and dropped in between is looked up again.
   */
  async #in<T>(name: string | undefined, work: (generation: QdrantGeneration) => Promise<T>): Promise<T> {
    this.qdrant.assertOpen();
    if (name !== undefined) return this.#within(name, work);
    for (let attempt = 1; ; attempt++) {
      const live = await this.catalog.liveName();
      if (live === null) throw new LookalikeError('no-live-generation', 'No generation is live yet.');
      try {
        return await this.#within(live, work);
      } catch (error) {
        if (attempt === LIVE_ATTEMPTS || !hasCode(error, 'generation-unknown')) throw error;
      }
    }
  }

  async #within<T>(name: string, work: (generation: QdrantGeneration) => Promise<T>): Promise<T> {
    try {
      const schema = await this.catalog.schema(name);
      const collection = this.catalog.collectionOf(name);
      return await work(new QdrantGeneration(name, schema, collection, this.qdrant, this.settings));
    } catch (error) {
      if (hasCode(error, 'generation-unknown')) this.catalog.forget(name);
      throw error;
    }
  }
}

function hasCode(error: unknown, code: ErrorCode): boolean {
  return isLookalikeError(error) && error.code === code;
}

function wantedBy({ withVectors = false, withGreyCopies = false }: ReadRecordOptions): Wanted {
  return { vectors: withVectors, greyCopies: withGreyCopies };
}
