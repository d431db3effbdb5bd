import type { DeclaredAttributes } from '../attributes.js';
import type { EncoderReference } from '../encoder-reference.js';
import type { FacetsAnswer, FacetsRequest } from '../facets.js';
import type { Filter, ImageField } from '../filter.js';
import type { ImageId } from '../image-id.js';
import type { ListRequest } from '../image-list.js';
import type { ImageRecordState, NamedVectors, VectorRecord } from '../vector-record.js';

export interface VectorSpec {
  readonly name: string;
  readonly size: number;
  /** How originals are kept. */
  readonly datatype: 'float32' | 'float16';
  /** `searched`: has a graph, quantised, in RAM. `rescored`: on disk, no graph, compared with candidates or one by one. */
  readonly role: 'searched' | 'rescored';
  /** Of one that records of the log do not carry: what it is made of. An index takes it like any other. */
  readonly projection?: ProjectionReference;
}

/** Where a vector comes from that is a projection of another one of the schema. */
export interface ProjectionReference {
  /** The vector that is projected. */
  readonly of: string;
  /** The generation that the projection was fitted for: others may use it after that. */
  readonly fittedFor: string;
  /** SHA-256 of the projection in 64 hex digits; `null` until it is fitted, and then no index can be made with it. */
  readonly digest: string | null;
}

/** What a generation is built for; fixed for its life. */
export interface GenerationSchema {
  /** Identity of the log whose offsets the records' versions are: those of another log cannot be compared with them. */
  readonly log: string;
  /** Whose records it takes, and who embeds what is searched for in it. */
  readonly encoder: EncoderReference;
  /** At least one `searched`. Vectors are compared by cosine. */
  readonly vectors: readonly VectorSpec[];
  /** Attributes that filters may name. Others are stored and returned, not searchable. */
  readonly attributes: DeclaredAttributes;
  /** Fields of images that filters may name. Older generations lack what came later. */
  readonly fields?: readonly ImageField[];
  /** Whether grey copies are kept. Older generations keep none. */
  readonly greyCopies?: boolean;
  /** Whether filters see failed images too. Those of older generations see ready ones alone. */
  readonly filtersFailed?: boolean;
  /**
   * Whole numbers of the engine by its own names, where they shall differ from its defaults. One that the engine does not
   * know, or not with that value, is refused by `createGeneration`.
   */
  readonly settings: Readonly<Record<string, number>>;
}

export interface Generation {
  /** 1 to 64 of a-z, 0-9 and `-`. */
  readonly name: string;
  readonly schema: GenerationSchema;
  readonly live: boolean;
}

/** How many records of the call were new, and how many lost against what is there. */
export interface ApplyResult {
  readonly applied: number;
  readonly stale: number;
}

/**
 * One step of a search. The first finds candidates over a `searched` vector, or over any where it is exact; each further one
 * re-orders them by the exact cosine of the named vector's originals.
 */
export interface SearchStage {
  readonly vector: string;
  /** Of the vector's size; need not have unit length. @throws `invalid-vector` for a wrong size, NaN or all zeros. */
  readonly query: Float32Array;
  /** How many candidates leave this stage. 1 to 10,000. */
  readonly limit: number;
  /** First stage only: compare with every original instead of walking the graph. */
  readonly exact?: boolean;
  /** First stage only: breadth of the walk; at least `limit`. The adapter has a default. */
  readonly ef?: number;
  /** First stage only: fetch `limit × oversampling` by quantised distance, then order by the originals. Default 2. */
  readonly oversampling?: number;
}

export interface SearchRequest {
  /** Default: the live one. */
  readonly generation?: string;
  readonly stages: readonly [SearchStage, ...SearchStage[]];
  readonly filter?: Filter;
}

export interface Hit {
  readonly imageId: ImageId;
  /** Cosine similarity by the last stage's vector, -1 to 1. */
  readonly score: number;
  /** Without its vectors and grey copy. */
  readonly record: Omit<Extract<VectorRecord, { state: 'ready' }>, 'vectors' | 'greyCopy'>;
}

export interface SearchAnswer {
  /** The generation that answered, whole: an answer never mixes two. */
  readonly generation: string;
  /** Best first; ties by imageId. At most the last stage's limit; only ready images. */
  readonly hits: readonly Hit[];
}

/** A record as the index holds it. Vectors and grey copies are there only when they were asked for; an index may keep vectors' directions alone. */
export type StoredRecord = VectorRecord extends infer R
  ? R extends { vectors: NamedVectors }
    ? Omit<R, 'vectors'> & { readonly vectors?: NamedVectors }
    : R
  : never;

export interface ListAnswer {
  readonly generation: string;
  readonly records: readonly StoredRecord[];
}

export interface ReadRecordOptions {
  /** Default: the live one. */
  readonly generation?: string;
  readonly withVectors?: boolean;
  /** Of records that have one, in a generation that keeps them. */
  readonly withGreyCopies?: boolean;
}

export type StateCounts = Readonly<Record<ImageRecordState, number>>;

/**
 * Generations of vector records, one of them live. Promises, each a case of the contract suite:
 * - `apply` is guarded: of one image only a greater version than the stored one is taken, or of the same version one
 *   that is ready or deleted in place of a failed one, whatever the order of calls and of records within a call; a
 *   deleted record stays as a tombstone, so a late add loses too.
 * - When `apply` resolves, its records are durable and the next search, fetch, scan or count sees them.
 * - A half-done `apply` that failed leaves whole records only; repeating it gives the wanted state.
 * - Reads never wait for writing, indexing or optimising, and go on during `makeLive`, which is one step.
 * - What is stored and can no longer be read is `index-damaged` and not `index-unavailable`: waiting does not mend it.
 */
export interface VectorIndex {
  /** Whether a generation can have these settings, before it is made. @throws `invalid-setting` with what is allowed. */
  checkSettings(settings: GenerationSchema['settings']): void;
  /** @throws `generation-exists`; `invalid-setting` with the facts `setting`, `allowed` and `found`, before anything is made. */
  createGeneration(name: string, schema: GenerationSchema): Promise<void>;
  generations(): Promise<readonly Generation[]>;
  /** @throws `generation-unknown`, `generation-live`. Searches under way in it end as they are or fail `generation-unknown`. */
  dropGeneration(name: string): Promise<void>;
  /** The live generation, or `null` before the first `makeLive`. */
  live(): Promise<Generation | null>;
  /** @throws `generation-unknown`. */
  makeLive(name: string): Promise<void>;

  /**
   * @throws `generation-unknown`, `invalid-vector` (a ready record whose vectors are not the schema's; nothing is
   * applied), `index-unavailable`, `index-damaged`.
   */
  apply(generation: string, records: readonly VectorRecord[]): Promise<ApplyResult>;

  /** @throws `no-live-generation`, `generation-unknown`, `invalid-vector`, `invalid-filter`. */
  search(request: SearchRequest): Promise<SearchAnswer>;
  /**
   * What there is of some attributes and fields among ready images: the commonest values, or the least and the greatest. Counts
   * are exact; of several subjects they may be of different moments.
   * @throws `no-live-generation`, `generation-unknown`, `invalid-filter`, `invalid-request`; `too-many-values` with the fact
   * `subject` where counting would take more memory than the adapter gives it.
   */
  facets(request: FacetsRequest): Promise<FacetsAnswer>;
  /** Known records of any state, in no fixed order; unknown ids are absent. At most 1,000 ids. */
  fetch(imageIds: readonly ImageId[], options?: ReadRecordOptions): Promise<readonly StoredRecord[]>;
  /**
   * The next images of some states, without vectors and grey copies, in an order of the index's own that never changes: page by page
   * each image once, whatever comes, goes or changes its state meanwhile.
   * @throws `no-live-generation`, `generation-unknown`, `invalid-filter`, `invalid-request`.
   */
  list(request: ListRequest): Promise<ListAnswer>;
  /** Every record of any state once, those written meanwhile perhaps; in batches of bounded size. */
  scan(options?: ReadRecordOptions & { readonly batchSize?: number }): AsyncIterable<readonly StoredRecord[]>;
  count(options?: { readonly generation?: string }): Promise<StateCounts>;
  /**
   * Reads as little as can be of what searches and look-ups in the live generation need; for readiness.
   * @throws `index-unavailable`; `index-damaged`, also when another call has met damage since the index was opened.
   */
  check(): Promise<void>;
  /** Waits for background indexing that is due now; for tests, benchmarks and reindexing. */
  settle(generation: string): Promise<void>;
  /** Calls under way end with their answer or `index-unavailable`, which every later call throws. */
  close(): Promise<void>;
}
