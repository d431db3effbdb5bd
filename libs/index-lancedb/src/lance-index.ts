import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Connection } from '@lancedb/lancedb';
import {
  checkEngineSettings,
  checkedFacets,
  checkedList,
  checkedSearch,
  checkFetchIds,
  checkGeneration,
  type FacetsAnswer,
  type FacetsRequest,
  type Generation,
  type GenerationSchema,
  isLookalikeError,
  type ListAnswer,
  type ListRequest,
  LookalikeError,
  type ReadRecordOptions,
  type SearchRequest,
  type StoredRecord,
  type VectorIndex,
  type VectorRecord,
} from '#core';
import { makeDurableFolder, syncFolder } from '#durable-files';
import { arrowSchema, type WantedColumns } from './columns.js';
import { LanceGeneration } from './lance-generation.js';
import { GENERATION_SETTINGS, type MaintenanceOptions } from './maintenance.js';
import { type Manifest, withoutLost, writeManifest } from './manifest.js';
import { TableFiles } from './table-files.js';

const SCAN_BATCH = 500;

/** Every generation in one folder. Made by `openLanceIndex`. */
export class LanceIndex implements VectorIndex {
  readonly #open = new Map<string, LanceGeneration>();
  #changes: Promise<unknown> = Promise.resolve();
  /** The first that was met. */
  #damage: LookalikeError | null = null;
  #closing: Promise<void> | null = null;
  /** Whether something was lost, while that is looked at. */
  #looking: Promise<void> | null = null;
  /** Those that are lost, until nothing of them is under way any more. */
  readonly #leaving = new Set<Promise<unknown>>();

  constructor(
    private readonly db: Connection,
    private readonly options: MaintenanceOptions & { readonly folder: string },
    private manifest: Manifest,
  ) {}

  async open(): Promise<void> {
    const known = new Set(Object.values(this.manifest.generations).map((it) => it.table));
    // Left by a crash between making a table and naming it, or between forgetting and removing it.
    for (const table of await this.db.tableNames()) if (!known.has(table)) await this.db.dropTable(table);
    for (const [name, { schema, table }] of Object.entries(this.manifest.generations)) {
      await this.#openGeneration(name, schema, table).catch((error) => this.#leaveOut(name, error));
    }
  }

  /** A damaged generation is lost, and no reason not to search in another; its table goes at the next start. */
  async #leaveOut(name: string, error: unknown): Promise<void> {
    if (name === this.manifest.live || !isLookalikeError(error) || error.code !== 'index-damaged') throw error;
    this.options.onBackgroundError(error);
    const { [name]: _, ...generations } = this.manifest.generations;
    await this.#save({ generations });
  }

  async #openGeneration(name: string, schema: GenerationSchema, table: string): Promise<void> {
    const folder = this.#folderOf(table);
    const isLive = () => this.manifest.live === name;
    this.#open.set(name, await LanceGeneration.open(this.db, { name, schema, table, folder }, isLive, this.options));
  }

  #folderOf(table: string): string {
    return join(this.options.folder, `${table}.lance`);
  }

  checkSettings(settings: GenerationSchema['settings']): void {
    checkEngineSettings(settings, GENERATION_SETTINGS);
  }

  createGeneration(name: string, schema: GenerationSchema): Promise<void> {
    return this.#change(async () => {
      checkGeneration(name, schema);
      this.checkSettings(schema.settings);
      await this.#lookForLost();
      if (this.#open.has(name)) {
        throw new LookalikeError('generation-exists', `There is a generation ${name} already.`, {
          facts: { generation: name },
        });
      }
      const table = `${name}-${randomUUID()}`;
      await makeDurableFolder(this.options.folder);
      await this.db.createEmptyTable(table, arrowSchema(schema));
      // Durable before it is named: a generation that is named and not there would stop every start.
      await new TableFiles(this.#folderOf(table)).sync();
      await syncFolder(this.options.folder);
      await this.#save({ generations: { ...this.manifest.generations, [name]: { schema, table } } });
      await this.#openGeneration(name, schema, table);
    });
  }

  async generations(): Promise<readonly Generation[]> {
    this.#assertOpen();
    await this.#forgetLost();
    const { generations, live } = this.manifest;
    return Object.entries(generations).map(([name, { schema }]) => ({ name, schema, live: name === live }));
  }

  dropGeneration(name: string): Promise<void> {
    return this.#change(async () => {
      await this.#lookForLost();
      const generation = this.#generation(name);
      if (name === this.manifest.live) {
        throw new LookalikeError('generation-live', `Generation ${name} is live.`, { facts: { generation: name } });
      }
      const { [name]: dropped, ...generations } = this.manifest.generations;
      await this.#save({ generations });
      this.#open.delete(name);
      await generation.close();
      if (dropped !== undefined) await this.db.dropTable(dropped.table);
    });
  }

  async live(): Promise<Generation | null> {
    return (await this.generations()).find((it) => it.live) ?? null;
  }

  makeLive(name: string): Promise<void> {
    return this.#change(async () => {
      await this.#lookForLost();
      const generation = this.#generation(name);
      await this.#save({ live: name });
      generation.liven();
    });
  }

  async apply(generation: string, records: readonly VectorRecord[]) {
    const into = this.#generation(generation);
    return this.#unlessDropped(into, () => into.apply(records));
  }

  async search(request: SearchRequest) {
    const generation = this.#generation(request.generation ?? this.#liveName());
    const checked = checkedSearch(request, generation.schema);
    const hits = await this.#unlessDropped(generation, () => generation.search(checked));
    return { generation: generation.name, hits };
  }

  async facets(request: FacetsRequest): Promise<FacetsAnswer> {
    const generation = this.#generation(request.generation ?? this.#liveName());
    const checked = checkedFacets(request, generation.schema);
    const counted = await this.#unlessDropped(generation, () => generation.facets(checked));
    return { generation: generation.name, ...counted };
  }

  async fetch(imageIds: readonly string[], options: ReadRecordOptions = {}): Promise<readonly StoredRecord[]> {
    checkFetchIds(imageIds.length);
    const generation = this.#generation(options.generation ?? this.#liveName());
    return this.#unlessDropped(generation, () => generation.fetch(imageIds, wantedBy(options)));
  }

  async list(request: ListRequest): Promise<ListAnswer> {
    const generation = this.#generation(request.generation ?? this.#liveName());
    const checked = checkedList(request, generation.schema);
    const records = await this.#unlessDropped(generation, () => generation.list(checked));
    return { generation: generation.name, records };
  }

  async *scan(options: ReadRecordOptions & { readonly batchSize?: number } = {}) {
    const generation = this.#generation(options.generation ?? this.#liveName());
    const batches = generation.scan(wantedBy(options), options.batchSize ?? SCAN_BATCH);
    for (;;) {
      const { value, done } = await this.#unlessDropped(generation, () => batches.next());
      if (done) return;
      yield value;
    }
  }

  async count(options: { readonly generation?: string } = {}) {
    const generation = this.#generation(options.generation ?? this.#liveName());
    return this.#unlessDropped(generation, () => generation.count());
  }

  async check(): Promise<void> {
    this.#assertOpen();
    if (this.#damage !== null) throw this.#damage;
    const generation = this.manifest.live === null ? null : this.#generation(this.manifest.live);
    if (generation !== null) await this.#unlessDropped(generation, () => generation.check());
  }

  async settle(name: string): Promise<void> {
    this.#assertOpen();
    await this.#lookForLost();
    const generation = this.#generation(name);
    await this.#unlessDropped(generation, () => generation.settle());
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#changes;
    await Promise.all(this.#leaving);
    await Promise.all([...this.#open.values()].map((it) => it.close()));
    this.db.close();
  }

  /** One change of the list of generations at a time. */
  async #change<T>(body: () => Promise<T>): Promise<T> {
    this.#assertOpen();
    const done = this.#changes.then(body);
    this.#changes = done.catch(() => undefined);
    return done;
  }

  async #save(changes: Partial<Manifest>): Promise<void> {
    const manifest = { ...this.manifest, ...changes };
    await writeManifest(this.options.folder, manifest);
    this.manifest = manifest;
  }

  /**
   * Somebody may delete the index, or a table of it, while it is open. Then it is no longer known here, as after a start,
   * and what was lost can be made again. Asked before each look at the list, once for all who ask at once; changes look for themselves.
   */
  #forgetLost(): Promise<void> {
    this.#looking ??= this.#lookForLost().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #lookForLost(): Promise<void> {
    const before = this.manifest;
    const left = await withoutLost(this.options.folder, before, (it) => this.#folderOf(it));
    // Another call may have come first, or changed the list meanwhile.
    if (left === before || this.manifest !== before) return;
    this.manifest = left;
    this.#damage = null;
    for (const name of Object.keys(before.generations)) if (!(name in left.generations)) this.#leave(name);
  }

  /** In the background: a graph that is being built of it may take minutes. */
  #leave(name: string): void {
    const generation = this.#open.get(name);
    this.#open.delete(name);
    if (generation === undefined) return;
    const left: Promise<unknown> = generation
      .close()
      .catch(() => undefined)
      .then(() => this.#leaving.delete(left));
    this.#leaving.add(left);
  }

  async #unlessDropped<T>(generation: LanceGeneration, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      // Anew: a look that is under way may have begun before it was lost.
      if (this.#closing === null) await this.#lookForLost();
      if (this.#open.get(generation.name) !== generation) throw unknown(generation.name);
      if (isLookalikeError(error) && error.code === 'index-damaged') this.#damage ??= error;
      throw error;
    }
  }

  #liveName(): string {
    this.#assertOpen();
    if (this.manifest.live === null) throw new LookalikeError('no-live-generation', 'No generation is live yet.');
    return this.manifest.live;
  }

  #generation(name: string): LanceGeneration {
    this.#assertOpen();
    const generation = this.#open.get(name);
    if (generation === undefined) throw unknown(name);
    return generation;
  }

  #assertOpen(): void {
    if (this.#closing !== null) throw new LookalikeError('index-unavailable', 'The index is closed.');
  }
}

function unknown(name: string): LookalikeError {
  return new LookalikeError('generation-unknown', `There is no generation ${name}.`, { facts: { generation: name } });
}

function wantedBy({ withVectors = false, withGreyCopies = false }: ReadRecordOptions): WantedColumns {
  return { vectors: withVectors, greyCopies: withGreyCopies };
}
