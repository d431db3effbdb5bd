import { randomUUID } from 'node:crypto';
import { type GenerationSchema, isLookalikeError, LookalikeError } from '#core';
import { collectionConfig, INDEXING_THRESHOLD_KB, payloadIndexes } from './collection-config.js';
import type { QdrantConnection } from './qdrant-connection.js';
import { generationUnknown, isRefusal } from './qdrant-errors.js';
import type { QdrantSettings } from './qdrant-settings.js';

/** Kept as metadata of the collection: made with it in one step, gone with it, and the same for every process. */
interface CollectionNote {
  readonly format: 1;
  readonly prefix: string;
  readonly generation: string;
  readonly schema: GenerationSchema;
  /** Of the call that made it: how a repeated request knows its own work. */
  readonly madeBy: string;
}

const METADATA_KEY = 'lookalike';

/**
 * Which generations there are and which is live. A generation is a collection `<prefix>-<name>`, the live one has the
 * alias `<prefix>_live`: no name of a generation has an underscore.
 */
export class GenerationCatalog {
  readonly #schemas = new Map<string, GenerationSchema>();
  readonly #indexed = new Set<string>();

  constructor(
    private readonly qdrant: QdrantConnection,
    private readonly settings: QdrantSettings,
  ) {}

  collectionOf(name: string): string {
    return `${this.settings.prefix}-${name}`;
  }

  /** @throws `generation-exists`. */
  async create(name: string, schema: GenerationSchema): Promise<void> {
    const note: CollectionNote = {
      format: 1,
      prefix: this.settings.prefix,
      generation: name,
      schema,
      madeBy: randomUUID(),
    };
    const config = { ...collectionConfig(schema, this.settings), metadata: { [METADATA_KEY]: note } };
    try {
      await this.qdrant.call((api) => api.createCollection({ collection_name: this.collectionOf(name), ...config }));
    } catch (error) {
      if (!isRefusal(error, 409)) throw error;
      // The first try may have made it and its answer got lost.
      if ((await this.#note(name))?.madeBy !== note.madeBy) {
        const facts = { generation: name };
        throw new LookalikeError('generation-exists', `There is a generation ${name} already.`, { facts });
      }
    }
    // One of that name may have been deleted by somebody, with its payload indexes.
    this.forget(name);
    this.#schemas.set(name, schema);
    await this.ensureIndexes(name);
  }

  /**
   * Before the first write of a process, since a crash may have come between a collection and its payload indexes.
   * @throws `generation-unknown`.
   */
  async ensureIndexes(name: string): Promise<void> {
    if (this.#indexed.has(name)) return;
    const schema = await this.schema(name);
    const { payload_schema: there } = await this.#info(name);
    for (const [field, params] of payloadIndexes(schema)) {
      if (there[field] !== undefined) continue;
      const index = { field_name: field, field_schema: params };
      await this.qdrant.call(
        (api) => api.createFieldIndex({ collection_name: this.collectionOf(name), wait: true, ...index }),
        name,
      );
    }
    this.#indexed.add(name);
  }

  async list(): Promise<{ readonly name: string; readonly schema: GenerationSchema }[]> {
    const { collections } = await this.qdrant.call((api) => api.getCollections({}));
    const start = this.collectionOf('');
    const found: { name: string; schema: GenerationSchema }[] = [];
    for (const collection of collections) {
      if (!collection.name.startsWith(start)) continue;
      const name = collection.name.slice(start.length);
      // Another index's, whose prefix goes on where ours ends; or just dropped by another process.
      const note = await this.#note(name).catch(nullIfUnknown);
      if (note !== null) found.push({ name, schema: note.schema });
    }
    return found;
  }

  /** Remembered: a generation's schema never changes. @throws `generation-unknown`. */
  async schema(name: string): Promise<GenerationSchema> {
    const known = this.#schemas.get(name);
    if (known !== undefined) return known;
    const note = await this.#note(name);
    if (note === null) throw generationUnknown(name);
    this.#schemas.set(name, note.schema);
    return note.schema;
  }

  /** What is remembered of one that another process has dropped. */
  forget(name: string): void {
    this.#schemas.delete(name);
    this.#indexed.delete(name);
  }

  /** One small request, without a look at the collection. */
  async liveName(): Promise<string | null> {
    const { aliases } = await this.qdrant.call((api) => api.getCollectionsAliases({}));
    const live = aliases.find((it) => it.alias_name === this.#alias);
    return live === undefined ? null : live.collection_name.slice(this.collectionOf('').length);
  }

  /**
   * From now on the server builds graphs, of every segment that is large enough. It answers once what it works on is done.
   * Repeating it changes nothing, so who comes after a crash just calls it. @throws `generation-unknown`.
   */
  async startIndexing(name: string): Promise<void> {
    const { config } = await this.#info(name);
    if (config.optimizer_config.indexing_threshold !== 0) return;
    const optimizers_config = { indexing_threshold: INDEXING_THRESHOLD_KB };
    await this.qdrant.call(
      (api) => api.updateCollection({ collection_name: this.collectionOf(name), optimizers_config }),
      name,
    );
  }

  /** Creating an alias that is there moves it, in one step. @throws `generation-unknown`. */
  async makeLive(name: string): Promise<void> {
    await this.schema(name);
    // First: one that is live and never gets a graph would be searched ever more slowly.
    await this.startIndexing(name);
    const create_alias = { alias_name: this.#alias, collection_name: this.collectionOf(name) };
    await this.qdrant.call((api) => api.updateAliases({ actions: [{ create_alias }] }), name);
  }

  /** @throws `generation-unknown`, `generation-live`. */
  async drop(name: string): Promise<void> {
    if ((await this.#note(name)) === null) throw generationUnknown(name);
    if ((await this.liveName()) === name) {
      throw new LookalikeError('generation-live', `Generation ${name} is live.`, { facts: { generation: name } });
    }
    await this.qdrant.call((api) => api.deleteCollection({ collection_name: this.collectionOf(name) }), name);
    this.forget(name);
  }

  get #alias(): string {
    return `${this.settings.prefix}_live`;
  }

  #info(name: string) {
    return this.qdrant.call((api) => api.getCollection({ collection_name: this.collectionOf(name) }), name);
  }

  /** `null` for a collection that is not a generation of this index. */
  async #note(name: string): Promise<CollectionNote | null> {
    const { config } = await this.#info(name);
    const note = config.metadata?.[METADATA_KEY] as CollectionNote | undefined;
    if (note?.prefix !== this.settings.prefix || note.generation !== name) return null;
    // One that was made before generations had settings has none.
    if (note.format === 1) return { ...note, schema: { ...note.schema, settings: note.schema.settings ?? {} } };
    const message = `Generation ${name} has a format that this version does not know: a later version has made it.`;
    throw new LookalikeError('index-damaged', message, { facts: { generation: name, format: note.format } });
  }
}

function nullIfUnknown(error: unknown): null {
  if (isLookalikeError(error) && error.code === 'generation-unknown') return null;
  throw error;
}
