import type { Attributes } from '#core';
import { AnswerLines } from './answer-lines.js';
import type {
  Accepted,
  AuditAnswer,
  CollectionReport,
  DeadLetterPage,
  ErasureAnswer,
  ImageAnswer,
  LetterState,
  ReindexAnswer,
  ReindexPlan,
  SearchAnswer,
  StatusAnswer,
  WholeDeadLetter,
} from './answers.js';
import { ApiProblem, parseProblem, parseRetryAfterMs, ServerUnreachable } from './errors.js';
import { type RetryOptions, withRetry } from './retry.js';

export interface ApiClientOptions {
  /** For each request; a longer silence counts as no answer. */
  readonly timeoutMs?: number;
  readonly retry?: RetryOptions;
  /** Shown with each request. */
  readonly apiKey?: string | null;
  /** Aborts what is under way, waits between tries included. */
  readonly signal?: AbortSignal;
}

/** Where the parts of the API are. */
export interface ApiUrls {
  /** Takes pictures. */
  readonly ingest: string;
  /** Searches, and says what became of an image. */
  readonly query: string;
  /** Says how far the stages are. */
  readonly embedder: string;
}

interface Call {
  readonly at: keyof ApiUrls;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly body?: FormData | string;
  readonly timeoutMs?: number;
}

export type LetterAction = 'redrive' | 'discard';

export interface LetterActedOn {
  readonly id: string;
  readonly state: LetterState;
}

export interface StartReindex {
  /** A name, or a manifest. */
  readonly encoder?: unknown;
  readonly settings: Readonly<Record<string, number>>;
  readonly switchWhenVerified: boolean;
}

export interface AuditRequest {
  readonly generation?: string;
  readonly vectors?: number;
  readonly allVectors?: boolean;
  readonly blobs: boolean;
  readonly blobBytes: boolean;
  readonly repair: boolean;
  readonly waitSeconds?: number;
  readonly evenIfBehind: boolean;
}

export type ReindexAction = 'pause' | 'resume' | 'cancel' | 'verify' | 'switch' | 'rollback' | 'drop';

interface LettersActedOn {
  readonly count: number;
  readonly next: string | null;
}

const NEVER = new AbortController().signal;
const REINDEX_FIELDS = ['live', 'next', 'previous', 'unusedVectors'];
const PLAN_TIMEOUT_MS = 600_000;

/** lookalike's REST API. Throws ApiProblem for a refusal and ServerUnreachable when there is no answer. */
export class ApiClient {
  readonly #urls: ApiUrls;
  readonly #timeoutMs: number;
  readonly #retry: RetryOptions;
  readonly #apiKey: string | null;
  readonly #signal: AbortSignal;

  constructor(
    /** Without a slash at the end, e.g. `http://127.0.0.1:8080`; one where one server has all parts. */
    urls: string | ApiUrls,
    { timeoutMs = 60_000, retry = { giveUpAfterMs: 5_000 }, apiKey = null, signal = NEVER }: ApiClientOptions = {},
  ) {
    this.#urls = typeof urls === 'string' ? { ingest: urls, query: urls, embedder: urls } : urls;
    this.#timeoutMs = timeoutMs;
    this.#retry = retry;
    this.#apiKey = apiKey;
    this.#signal = signal;
  }

  status(): Promise<StatusAnswer> {
    return this.#send<StatusAnswer>({ at: 'embedder', method: 'GET', path: '/v1/status' }, [
      'encoder',
      'images',
      'stages',
    ]);
  }

  /** One try, no waiting: is there a server that is ready to work? */
  async isReady(timeoutMs = 2_000): Promise<boolean> {
    try {
      await this.#once({ at: 'query', method: 'GET', path: '/health/ready', timeoutMs });
      return true;
    } catch {
      return false;
    }
  }

  /** The image's state, or null when the server does not know it. */
  async image(imageId: string, wait?: { minVersion: number; seconds: number }): Promise<ImageAnswer | null> {
    const query = wait === undefined ? '' : `?minVersion=${wait.minVersion}&wait=${wait.seconds}`;
    const timeoutMs = this.#timeoutMs + (wait?.seconds ?? 0) * 1000;
    try {
      const path = `/v1/images/${encodeURIComponent(imageId)}${query}`;
      return await this.#send<ImageAnswer>({ at: 'query', method: 'GET', path, timeoutMs }, ['state', 'version']);
    } catch (error) {
      if (error instanceof ApiProblem && error.code === 'image-unknown') return null;
      throw error;
    }
  }

  /** Sending the same picture again is harmless, so a lost answer is simply asked for again. */
  putImage(imageId: string, picture: Uint8Array, attributes?: Attributes): Promise<Accepted> {
    const body = new FormData();
    if (attributes !== undefined) body.set('attributes', JSON.stringify(attributes));
    body.set('file', new Blob([picture]), 'picture');
    const path = `/v1/images/${encodeURIComponent(imageId)}`;
    return this.#send<Accepted>({ at: 'ingest', method: 'PUT', path, body }, ['version']);
  }

  search(by: SearchedBy, options: SearchOptions): Promise<SearchAnswer> {
    const body = 'picture' in by ? searchForm(by.picture, options) : JSON.stringify({ ...by, ...options });
    return this.#send<SearchAnswer>({ at: 'query', method: 'POST', path: '/v1/search', body }, ['results', 'encoder']);
  }

  deadLetters(query: Readonly<Record<string, string | number>>): Promise<DeadLetterPage> {
    const search = new URLSearchParams(
      Object.entries(query).map(([name, value]): [string, string] => [name, `${value}`]),
    );
    return this.#send({ at: 'embedder', method: 'GET', path: `/v1/dead-letters?${search}` }, ['letters', 'next']);
  }

  deadLetter(id: string): Promise<WholeDeadLetter> {
    return this.#send({ at: 'embedder', method: 'GET', path: `/v1/dead-letters/${encodeURIComponent(id)}` }, [
      'state',
      'original',
    ]);
  }

  /** Doing it twice is harmless, so a lost answer is simply asked for again. */
  actOnLetter(id: string, action: LetterAction): Promise<LetterActedOn> {
    const path = `/v1/dead-letters/${encodeURIComponent(id)}/${action}`;
    return this.#send({ at: 'embedder', method: 'POST', path, body: '{}' }, ['state']);
  }

  /** One step of many; `next` is the cursor of the next. */
  actOnLetters(action: LetterAction, filter: Readonly<Record<string, string>>): Promise<LettersActedOn> {
    const body = JSON.stringify(filter);
    return this.#send({ at: 'embedder', method: 'POST', path: `/v1/dead-letters/${action}`, body }, ['count', 'next']);
  }

  reindex(): Promise<ReindexAnswer> {
    return this.#send({ at: 'embedder', method: 'GET', path: '/v1/reindex' }, REINDEX_FIELDS);
  }

  /** Asked again after a lost answer it is refused, since it goes on already. */
  startReindex(request: StartReindex): Promise<ReindexAnswer> {
    const body = JSON.stringify(request);
    return this.#send({ at: 'embedder', method: 'POST', path: '/v1/reindex', body }, REINDEX_FIELDS);
  }

  /** Opens the encoder to measure it, which may take a download. */
  planReindex(request: StartReindex): Promise<ReindexPlan> {
    const body = JSON.stringify(request);
    const timeoutMs = PLAN_TIMEOUT_MS;
    return this.#send({ at: 'embedder', method: 'POST', path: '/v1/reindex/plan', body, timeoutMs }, ['toEmbed']);
  }

  actOnReindex(action: ReindexAction, force: boolean): Promise<ReindexAnswer> {
    const body = action === 'switch' ? JSON.stringify({ force }) : '{}';
    return this.#send({ at: 'embedder', method: 'POST', path: `/v1/reindex/${action}`, body }, REINDEX_FIELDS);
  }

  dropVectors(fingerprint: string): Promise<ReindexAnswer> {
    const body = JSON.stringify({ fingerprint });
    return this.#send({ at: 'embedder', method: 'POST', path: '/v1/reindex/drop-vectors', body }, REINDEX_FIELDS);
  }

  /** Minutes or hours; `onWorking` is told every few seconds that it goes on. When the connection is lost it begins anew. */
  async audit(request: AuditRequest, onWorking: (seconds: number) => void): Promise<AuditAnswer> {
    const call = { at: 'embedder', method: 'POST', path: '/v1/audit', body: JSON.stringify(request) } as const;
    return this.#inLines<AuditAnswer>(call, 'audited', onWorking);
  }

  /**
   * Goes on where an earlier call stopped. Where stages are behind, not all is erased, and the answer says so.
   * @param waitSeconds how long the stages are waited for.
   */
  eraseImage(imageId: string, waitSeconds: number, onWorking: (seconds: number) => void): Promise<ErasureAnswer> {
    const path = `/v1/images/${encodeURIComponent(imageId)}/erase`;
    const call = { at: 'embedder', method: 'POST', path, body: JSON.stringify({ waitSeconds }) } as const;
    return this.#inLines<ErasureAnswer>(call, 'erased', onWorking);
  }

  /** As an audit. Doing it twice is harmless. */
  async collectBlobs(dryRun: boolean, onWorking: (seconds: number) => void): Promise<CollectionReport> {
    const call = {
      at: 'embedder',
      method: 'POST',
      path: '/v1/blobs/collect',
      body: JSON.stringify({ dryRun }),
    } as const;
    return (await this.#inLines<{ report: CollectionReport }>(call, 'collected', onWorking)).report;
  }

  /** An answer that comes in lines: how long it has been worked on, and at last what came of it under the name `last`. */
  #inLines<T>(call: Call, last: string, onWorking: (seconds: number) => void): Promise<T> {
    return withRetry(() => this.#lines<T>(call, last, onWorking), this.#retry, this.#signal);
  }

  async #lines<T>(call: Call, last: string, onWorking: (seconds: number) => void): Promise<T> {
    const lines = new AnswerLines();
    let answer: T | null = null;
    await this.#once(call, (text) => {
      for (const line of lines.take(text)) {
        if (line.type === 'working') onWorking(Number(line.seconds));
        if (line.type === last) answer = line as unknown as T;
        if (line.type === 'problem') throw new ApiProblem(200, parseProblem(200, JSON.stringify(line.problem)), null);
      }
    });
    if (answer !== null) return answer;
    throw new ServerUnreachable(this.#urls.embedder, 'the answer ended before the work did', null);
  }

  async #send<T>(call: Call, expected: readonly string[]): Promise<T> {
    const text = await withRetry(() => this.#once(call), this.#retry, this.#signal);
    return parseAnswer<T>(this.#urls[call.at], text, expected);
  }

  /** `onText` is told of an answer as it comes; then the time is that of a silence. */
  async #once(
    { at, method, path, body, timeoutMs = this.#timeoutMs }: Call,
    onText?: (text: string) => void,
  ): Promise<string> {
    // Not AbortSignal.any: on Node 20 a signal that lives long remembers every one made from it, about 1 kB each.
    const ended = new AbortController();
    const onStop = () => ended.abort(this.#signal.reason);
    this.#signal.addEventListener('abort', onStop);
    const timer = setTimeout(() => ended.abort(new DOMException('Timeout', 'TimeoutError')), timeoutMs);
    try {
      this.#signal.throwIfAborted();
      const heard = (text: string) => {
        timer.refresh();
        onText?.(text);
      };
      return await this.#ask(
        { at, method, path, timeoutMs, ...(body === undefined ? {} : { body }) },
        ended.signal,
        heard,
      );
    } finally {
      clearTimeout(timer);
      this.#signal.removeEventListener('abort', onStop);
    }
  }

  async #ask(
    { at, method, path, body, timeoutMs = this.#timeoutMs }: Call,
    signal: AbortSignal,
    onText: (text: string) => void,
  ): Promise<string> {
    const headers = {
      ...(typeof body === 'string' && { 'content-type': 'application/json' }),
      ...(this.#apiKey !== null && { authorization: `Bearer ${this.#apiKey}` }),
    };
    let response: Response;
    let text = '';
    try {
      response = await fetch(this.#urls[at] + path, {
        method,
        headers,
        signal,
        ...(body === undefined ? {} : { body }),
      });
      for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        text += part;
        if (response.ok) onText(part);
      }
    } catch (error) {
      if (this.#signal.aborted) throw this.#signal.reason;
      if (error instanceof ApiProblem) throw error;
      throw new ServerUnreachable(this.#urls[at], connectionReason(error, timeoutMs), error);
    }
    if (response.ok) return text;
    const retryAfterMs = parseRetryAfterMs(response.headers.get('retry-after'), Date.now());
    throw new ApiProblem(response.status, parseProblem(response.status, text), retryAfterMs);
  }
}

function parseAnswer<T>(url: string, text: string, expected: readonly string[]): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  if (typeof value !== 'object' || value === null || expected.some((name) => !Object.hasOwn(value, name))) {
    const detail = `What answers at ${url} does not speak lookalike's API.`;
    throw new ApiProblem(
      200,
      { code: 'not-lookalike', title: 'Unexpected answer', detail, canRetry: false, errors: [] },
      null,
    );
  }
  return value as T;
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  ETIMEDOUT: 'the connection timed out',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
  CERT_HAS_EXPIRED: 'its certificate has expired',
};

function connectionReason(error: unknown, timeoutMs: number): string {
  if ((error as { name?: unknown }).name === 'TimeoutError') return `silence for ${Math.round(timeoutMs / 1000)} s`;
  const cause = (error as { cause?: unknown }).cause as { code?: unknown; errors?: unknown } | undefined;
  const first = Array.isArray(cause?.errors) ? (cause.errors[0] as { code?: unknown }) : undefined;
  const code = cause?.code ?? first?.code;
  return typeof code === 'string' ? (REASONS[code] ?? code) : 'the connection failed';
}

export type SearchedBy = { readonly picture: Uint8Array } | { readonly imageId: string } | { readonly link: string };

/** As the server reads them; what is left out takes its default. */
export interface SearchOptions {
  readonly limit: number;
  readonly mode?: string;
  readonly minScore?: number;
  readonly filter?: object;
  readonly region?: object;
}

function searchForm(picture: Uint8Array, options: SearchOptions): FormData {
  const body = new FormData();
  for (const [name, value] of Object.entries(options)) {
    body.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  body.set('file', new Blob([picture]), 'picture');
  return body;
}
