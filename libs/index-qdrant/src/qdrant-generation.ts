import { setTimeout as sleep } from 'node:timers/promises';
import type { Schemas } from '@qdrant/js-client-rest';
import {
  type ApplyResult,
  type CheckedFacets,
  type CheckedList,
  type CheckedSearch,
  checkRecordVectors,
  type Facet,
  type FacetsAnswer,
  facetOf,
  type GenerationSchema,
  type Hit,
  LookalikeError,
  newestPerImage,
  type StateCounts,
  type StoredRecord,
  type VectorRecord,
  winsAgainst,
} from '#core';
import { FacetReader } from './facet-reader.js';
import { readyFilter, statesFilter } from './filter-conditions.js';
import { pointId } from './point-id.js';
import { type PointPayload, RECORDS_ALONE, readFields, storedRecord, type Wanted } from './point-payload.js';
import { vectorBytes } from './point-vectors.js';
import type { QdrantApi, QdrantConnection } from './qdrant-connection.js';
import { OddAnswerError } from './qdrant-errors.js';
import type { QdrantSettings } from './qdrant-settings.js';
import { searchQuery } from './search-query.js';
import { guardedUpsert, type WaitingPoint, writeBatches } from './write-batches.js';

/** While the server works on one write, the next is encoded. */
const WRITES_AT_ONCE = 2;
const FIRST_POLL_MS = 50;
const MAX_POLL_MS = 2_000;

/** One generation: one collection. Any number of processes may read and write it: the guard is the server's. */
export class QdrantGeneration {
  constructor(
    readonly name: string,
    readonly schema: GenerationSchema,
    private readonly collection: string,
    private readonly qdrant: QdrantConnection,
    private readonly settings: QdrantSettings,
  ) {}

  /**
   * What is applied is told from the versions read just before the write, which also saves sending what is stale. So a
   * record that loses against another writer in between counts as applied; what is stored is right in any case.
   */
  async apply(records: readonly VectorRecord[]): Promise<ApplyResult> {
    for (const record of records) checkRecordVectors(record, this.schema);
    const batches = writeBatches(newestPerImage(records), this.schema, this.settings.batchBytes);
    let applied = 0;
    const writer = async () => {
      // Not `applied += await …`: that reads the sum before it waits, and so loses what the other writer adds.
      for (const batch of batches) {
        const more = await this.#write(batch);
        applied += more;
      }
    };
    const writers = await Promise.allSettled(Array.from({ length: WRITES_AT_ONCE }, writer));
    for (const it of writers) if (it.status === 'rejected') throw it.reason;
    return { applied, stale: records.length - applied };
  }

  async #write(batch: readonly WaitingPoint[]): Promise<number> {
    const stored = await this.#stored(batch.map((it) => it.id));
    const newer = batch.filter(({ id, record }) => {
      const there = stored.get(id);
      return there === undefined || winsAgainst(record, there);
    });
    if (newer.length === 0) return 0;
    const upsert = { collection_name: this.collection, wait: true, ...guardedUpsert(newer) };
    await this.#call(async (api) => {
      const answer = await api.upsertPoints(upsert);
      // An update that took too long is answered with 200 too, and is not yet there to be read.
      const status = answer.data.result?.status;
      if (status !== 'completed') throw new OddAnswerError(`The write was answered with ${status}.`);
      return answer;
    });
    return newer.length;
  }

  async #stored(ids: string[]): Promise<ReadonlyMap<string, Pick<VectorRecord, 'version' | 'state'>>> {
    const request = { collection_name: this.collection, ids, with_payload: ['version', 'state'], with_vector: false };
    const points = await this.#call((api) => api.getPoints(request));
    return new Map(points.map(({ id, payload }) => [String(id), payload as PointPayload]));
  }

  /**
   * While an image is being replaced, a hit may have the score of the version before: the server reads payloads after
   * it has compared. One that is no longer ready is left out.
   */
  async search(request: CheckedSearch): Promise<readonly Hit[]> {
    const query = { collection_name: this.collection, ...searchQuery(request, this.schema) };
    const { points } = await this.#call((api) => api.queryPoints(query));
    const hits = points.flatMap((it) => {
      const record = storedRecord(it, this.schema, RECORDS_ALONE);
      // float32, so of the same vector it may be a little above 1.
      const score = Math.min(1, Math.max(-1, it.score));
      return record.state === 'ready' ? [{ imageId: record.imageId, score, record }] : [];
    });
    return hits.sort((a, b) => b.score - a.score || (a.imageId < b.imageId ? -1 : 1));
  }

  /** One subject after the other: the server goes through all points for each. */
  async facets({ subjects, filter, limit }: CheckedFacets): Promise<Omit<FacetsAnswer, 'generation'>> {
    const reader = new FacetReader(this.collection, this.schema, (send) => this.#call(send));
    const matching = readyFilter(filter, this.schema);
    const images = await reader.count(matching);
    const facets: Facet[] = [];
    for (const subject of subjects) facets.push(facetOf(subject, await reader.countsOf(subject, matching, limit)));
    return { images, facets };
  }

  async fetch(imageIds: readonly string[], wanted: Wanted): Promise<StoredRecord[]> {
    const ids = [...new Set(imageIds)].map(pointId);
    const size = this.#pageSize(ids.length, wanted);
    const found: StoredRecord[] = [];
    for (let at = 0; at < ids.length; at += size) {
      const request = { ids: ids.slice(at, at + size), ...this.#asked(wanted) };
      const points = await this.#call((api) => api.getPoints({ collection_name: this.collection, ...request }));
      found.push(...points.map((it) => storedRecord(it, this.schema, wanted)));
    }
    return found;
  }

  /** In the order of point ids. An offset is the first point that is read, so that the last one of the page before comes again. */
  async list({ states, filter, after, limit }: CheckedList): Promise<StoredRecord[]> {
    const request: Schemas['ScrollRequest'] = {
      filter: statesFilter(states, filter, this.schema),
      limit: after === undefined ? limit : limit + 1,
      ...(after !== undefined && { offset: pointId(after) }),
      ...this.#asked(RECORDS_ALONE),
    };
    const { points } = await this.#call((api) => api.scrollPoints({ collection_name: this.collection, ...request }));
    const records = points.map((it) => storedRecord(it, this.schema, RECORDS_ALONE));
    return records.filter(({ imageId }) => imageId !== after).slice(0, limit);
  }

  /** In the order of point ids; with vectors in smaller pages, so that none is much larger than a write. */
  async *scan(wanted: Wanted, batchSize: number): AsyncGenerator<StoredRecord[]> {
    const limit = this.#pageSize(batchSize, wanted);
    let offset: string | undefined;
    for (;;) {
      const page: Schemas['ScrollRequest'] = { limit, ...(offset && { offset }), ...this.#asked(wanted) };
      const found: Schemas['ScrollResult'] = await this.#call((api) =>
        api.scrollPoints({ collection_name: this.collection, ...page }),
      );
      if (found.points.length > 0) yield found.points.map((it) => storedRecord(it, this.schema, wanted));
      if (typeof found.next_page_offset !== 'string') return;
      offset = found.next_page_offset;
    }
  }

  #pageSize(most: number, { vectors }: Wanted): number {
    if (!vectors) return Math.max(1, most);
    return Math.max(1, Math.min(most, Math.floor(this.settings.batchBytes / vectorBytes(this.schema))));
  }

  #asked(wanted: Wanted) {
    const with_vector = wanted.vectors && this.schema.vectors.map((it) => it.name);
    return { with_payload: readFields(wanted), with_vector };
  }

  async count(): Promise<StateCounts> {
    const count = async (state: string) => {
      const request = { exact: true, filter: { must: [{ key: 'state', match: { value: state } }] } };
      return (await this.#call((api) => api.countPoints({ collection_name: this.collection, ...request }))).count;
    };
    const [ready, failed, deleted] = await Promise.all([count('ready'), count('failed'), count('deleted')]);
    return { ready, failed, deleted };
  }

  /** Until the server has nothing left to optimise. @throws `index-unavailable` when it fails or takes too long. */
  async settle(): Promise<void> {
    const deadline = performance.now() + this.settings.settleLimitMs;
    for (let waitMs = FIRST_POLL_MS; ; waitMs = Math.min(2 * waitMs, MAX_POLL_MS)) {
      const info = await this.#call((api) => api.getCollection({ collection_name: this.collection }));
      const { status, optimizer_status } = info;
      if (status === 'green' && optimizer_status === 'ok') return;
      if (status === 'red' || optimizer_status !== 'ok' || performance.now() > deadline) {
        const facts = { generation: this.name, status, optimizer_status };
        throw new LookalikeError('index-unavailable', `Generation ${this.name} does not settle.`, { facts });
      }
      // After a restart the server waits for a write before it goes on; an empty change wakes it.
      if (status === 'grey') {
        const change = { collection_name: this.collection, optimizers_config: {} };
        await this.#call((api) => api.updateCollection(change));
      }
      await sleep(waitMs);
    }
  }

  #call<T>(send: (api: QdrantApi) => Promise<{ readonly data: { result?: T } }>): Promise<T> {
    return this.qdrant.call(send, this.name);
  }
}
