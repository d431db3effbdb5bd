import { ApiProblem, Client, type ClientOptions, notLookalike, type OnWorking } from '#client';
import type {
  Accepted,
  AuditAnswer,
  AuditRequest,
  CalibrateRequest,
  CalibrationAnswer,
  Check,
  CollectionReport,
  DeadLetterPage,
  DecisionAnswer,
  DecisionRequest,
  DecisionsPage,
  DuplicatesPage,
  DuplicatesQuery,
  ErasureAnswer,
  ImageAnswer,
  ImagePage,
  ImagesQuery,
  LetterState,
  LettersQuery,
  LettersRequest,
  ReindexAnswer,
  ReindexPlan,
  SearchAnswer,
  SearchRequest,
  StartReindex,
  StatusAnswer,
  WholeDeadLetter,
} from './answers.js';
import { nullOn } from './errors.js';

export type ApiClientOptions = Omit<ClientOptions, 'url' | 'fetch'>;

/** Where the parts of the API are. */
export interface ApiUrls {
  /** Takes pictures. */
  readonly ingest: string;
  /** Searches, and says what became of an image. */
  readonly query: string;
  /** Says how far the stages are. */
  readonly embedder: string;
}

export type LetterAction = 'redrive' | 'discard';

export interface LetterActedOn {
  readonly id: string;
  readonly state: LetterState;
}

export type ReindexAction = 'pause' | 'resume' | 'cancel' | 'verify' | 'switch' | 'rollback' | 'drop';

interface LettersActedOn {
  readonly count: number;
  readonly next: string | null;
}

export type SearchedBy = { readonly picture: Uint8Array } | { readonly imageId: string } | { readonly link: string };

export interface PutOptions {
  readonly attributes?: ImageAnswer['attributes'];
  /** What happens to a picture that the collection has under another id. */
  readonly check?: Check | undefined;
}

/** As the server reads them; what is left out takes its default. */
export interface SearchOptions {
  readonly limit: number;
  readonly include: readonly string[];
  readonly mode?: string;
  readonly minScore?: number;
  readonly minMatch?: string;
  readonly collapseDuplicates?: boolean;
  /** JSON, which the server checks. */
  readonly filter?: object;
  readonly region?: object;
}

const REINDEX_FIELDS = ['live', 'next', 'previous', 'unusedVectors'];
const PLAN_TIMEOUT_MS = 600_000;

/** What the command line asks of lookalike's REST API. Throws ApiProblem for a refusal and ServerUnreachable when there is no answer. */
export class ApiClient {
  readonly #ingest: Client;
  readonly #query: Client;
  readonly #embedder: Client;

  constructor(
    /** Without a slash at the end, e.g. `http://127.0.0.1:8080`; one where one server has all parts. */
    urls: string | ApiUrls,
    options: ApiClientOptions = {},
  ) {
    const { ingest, query, embedder } = typeof urls === 'string' ? { ingest: urls, query: urls, embedder: urls } : urls;
    this.#ingest = new Client({ ...options, url: ingest });
    this.#query = new Client({ ...options, url: query });
    this.#embedder = new Client({ ...options, url: embedder });
  }

  async status(): Promise<StatusAnswer> {
    return has(await this.#embedder.get('/v1/status'), this.#embedder, ['encoder', 'images', 'stages']);
  }

  /** One try, no waiting: is there a server that is ready to work? */
  async isReady(timeoutMs = 2_000): Promise<boolean> {
    try {
      await this.#query.with({ timeoutMs, retry: { giveUpAfterMs: 0 } }).get('/health/ready');
      return true;
    } catch {
      return false;
    }
  }

  /** The image's state, or null when the server does not know it. */
  async image(imageId: string, wait?: { minVersion: number; seconds: number }): Promise<ImageAnswer | null> {
    const { minVersion, seconds = 0 } = wait ?? {};
    const query = minVersion === undefined ? {} : { minVersion, wait: seconds };
    const client = this.#query.waiting(seconds * 1000);
    const asked = client.get('/v1/images/{imageId}', { params: { path: { imageId }, query } });
    const answer = await asked.catch(nullOn('image-unknown'));
    return answer === null ? null : has(answer, client, ['state', 'version']);
  }

  /** A small WebP; `null` where the image has none. */
  async thumbnail(imageId: string): Promise<Uint8Array | null> {
    try {
      const params = { path: { imageId } };
      const bytes = await this.#query.get('/v1/images/{imageId}/thumbnail', { params, parseAs: 'arrayBuffer' });
      return new Uint8Array(bytes as unknown as ArrayBuffer);
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 404) return null;
      throw error;
    }
  }

  /** A page of the list. */
  async images(query: ImagesQuery): Promise<ImagePage> {
    return has(await this.#query.get('/v1/images', { params: { query } }), this.#query, ['images', 'nextCursor']);
  }

  /** What the process that answers searches has in memory, in bytes; null where its metrics do not tell. */
  async residentBytes(): Promise<number | null> {
    const text: string = await this.#query.get('/metrics', { parseAs: 'text' });
    const found = /^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1];
    return found === undefined ? null : Number(found);
  }

  /** Sending the same picture again is harmless, so a lost answer is simply asked for again. */
  async putImage(imageId: string, picture: Uint8Array, { attributes, check }: PutOptions = {}): Promise<Accepted> {
    const body = { file: new Blob([picture]), ...(attributes !== undefined && { attributes }) };
    const params = { path: { imageId }, query: { ...(check !== undefined && { check }) } };
    return has(await this.#ingest.put('/v1/images/{imageId}', { params, body }), this.#ingest, ['version']);
  }

  async search(by: SearchedBy, options: SearchOptions): Promise<SearchAnswer> {
    const body = 'picture' in by ? { file: new Blob([by.picture]), ...options } : { ...by, ...options };
    return has(await this.#query.post('/v1/search', { body: body as SearchRequest }), this.#query, [
      'results',
      'encoder',
      'warnings',
    ]);
  }

  async duplicates(query: DuplicatesQuery): Promise<DuplicatesPage> {
    const answer = await this.#query.get('/v1/duplicates', { params: { query } });
    return has(answer, this.#query, ['groups', 'totals', 'nextCursor']);
  }

  /** After a lost answer it is not asked for again: it may have been made. */
  async decide(body: DecisionRequest): Promise<DecisionAnswer> {
    return has(await this.#query.post('/v1/duplicates/decisions', { body }), this.#query, ['kept', 'removed']);
  }

  /** @param query at most 100 of them */
  async decisions(query: { readonly limit: number; readonly cursor?: string }): Promise<DecisionsPage> {
    const answer = await this.#query.get('/v1/duplicates/decisions', { params: { query } });
    return has(answer, this.#query, ['decisions', 'nextCursor']);
  }

  async undoDecision(id: string): Promise<DecisionAnswer> {
    const answer = await this.#query.post('/v1/duplicates/decisions/{id}/undo', { params: { path: { id } } });
    return has(answer, this.#query, ['decision']);
  }

  async deadLetters(query: LettersQuery): Promise<DeadLetterPage> {
    return has(await this.#embedder.get('/v1/dead-letters', { params: { query } }), this.#embedder, [
      'letters',
      'next',
    ]);
  }

  async deadLetter(id: string): Promise<WholeDeadLetter> {
    const answer = await this.#embedder.get('/v1/dead-letters/{id}', { params: { path: { id } } });
    return has(answer, this.#embedder, ['state', 'original']);
  }

  /** Doing it twice is harmless, so a lost answer is simply asked for again. */
  async actOnLetter(id: string, action: LetterAction): Promise<LetterActedOn> {
    const answer = await this.#embedder.post(`/v1/dead-letters/{id}/${action}`, { params: { path: { id } } });
    return has(answer, this.#embedder, ['state']);
  }

  /** One step of many; `next` is the cursor of the next. */
  async actOnLetters(action: LetterAction, filter: LettersRequest): Promise<LettersActedOn> {
    return has(await this.#embedder.post(`/v1/dead-letters/${action}`, { body: filter }), this.#embedder, [
      'count',
      'next',
    ]);
  }

  async reindex(): Promise<ReindexAnswer> {
    return has(await this.#embedder.get('/v1/reindex'), this.#embedder, REINDEX_FIELDS);
  }

  /** Asked again after a lost answer it is refused, since it goes on already. */
  async startReindex(body: StartReindex): Promise<ReindexAnswer> {
    return has(await this.#embedder.post('/v1/reindex', { body }), this.#embedder, REINDEX_FIELDS);
  }

  /** Opens the encoder to measure it, which may take a download. */
  async planReindex(body: StartReindex): Promise<ReindexPlan> {
    const client = this.#embedder.with({ timeoutMs: PLAN_TIMEOUT_MS });
    return has(await client.post('/v1/reindex/plan', { body }), client, ['toEmbed']);
  }

  async actOnReindex(action: ReindexAction, force: boolean): Promise<ReindexAnswer> {
    const init = action === 'switch' ? { body: { force } } : {};
    return has(await this.#embedder.post(`/v1/reindex/${action}`, init as never), this.#embedder, REINDEX_FIELDS);
  }

  async dropVectors(fingerprint: string): Promise<ReindexAnswer> {
    const answer = await this.#embedder.post('/v1/reindex/drop-vectors', { body: { fingerprint } });
    return has(answer, this.#embedder, REINDEX_FIELDS);
  }

  /** Minutes or hours; `onWorking` is told every few seconds that it goes on. When the connection is lost it begins anew. */
  audit(body: AuditRequest, onWorking: (seconds: number) => void): Promise<AuditAnswer> {
    return this.#embedder.last('/v1/audit', { body }, onWorking);
  }

  /** Minutes. When the connection is lost it begins anew. */
  calibrate(body: CalibrateRequest, onWorking: OnWorking): Promise<CalibrationAnswer> {
    return this.#embedder.last('/v1/calibrate', { body }, onWorking);
  }

  /**
   * Goes on where an earlier call stopped. Where stages are behind, not all is erased, and the answer says so.
   * @param waitSeconds how long the stages are waited for.
   */
  eraseImage(imageId: string, waitSeconds: number, onWorking: (seconds: number) => void): Promise<ErasureAnswer> {
    const init = { params: { path: { imageId } }, body: { waitSeconds } };
    return this.#embedder.last('/v1/images/{imageId}/erase', init, onWorking);
  }

  /** As an audit. Doing it twice is harmless. */
  async collectBlobs(dryRun: boolean, onWorking: (seconds: number) => void): Promise<CollectionReport> {
    return (await this.#embedder.last('/v1/blobs/collect', { body: { dryRun } }, onWorking)).report;
  }
}

/** Something else may answer at an address that was written wrong. */
function has<T extends object>(answer: T, { url }: Client, expected: readonly string[]): T {
  if (expected.some((name) => !Object.hasOwn(answer, name))) throw notLookalike(url);
  return answer;
}
