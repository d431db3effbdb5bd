import createFetchClient, {
  type Client as FetchClient,
  type FetchResponse,
  type MaybeOptionalInit,
} from 'openapi-fetch';
import type { HttpMethod, MediaType, PathsWithMethod, RequiredKeysOf } from 'openapi-typescript-helpers';
import { AnswerLines } from './answer-lines.js';
import type { paths } from './api-types.js';
import { ApiProblem, notLookalike, parseProblem, ServerUnreachable } from './problem.js';
import { bodyOf, queryText } from './request-texts.js';
import { isTransient, isTransientAndUndone, type RetryOptions, withRetry } from './retry.js';
import { sendOnce, type TransportOptions, type WholeRequest, wholeRequest } from './transport.js';

export interface ClientOptions {
  /** Of the server, without a slash at the end: `http://127.0.0.1:8080`. In a page that the server has sent: `location.origin`. */
  readonly url: string;
  /** Shown with each request. */
  readonly apiKey?: string | null;
  /** For each request; a longer silence counts as no answer. 60 s when left out. */
  readonly timeoutMs?: number;
  /** 5 s in all when left out. */
  readonly retry?: RetryOptions;
  /** Aborts what is under way, waits between tries included. */
  readonly signal?: AbortSignal;
  /** That of the platform when left out. */
  readonly fetch?: typeof fetch;
}

/** A stream of lines that has no end is sent as one: see docs/reference/rest.md. */
type Paths = Omit<paths, '/v1/images/bulk'>;

type Init<Method extends HttpMethod, Path extends PathsWithMethod<Paths, Method>> = MaybeOptionalInit<
  Paths[Path],
  Method
>;
type Given<I> = RequiredKeysOf<I> extends never ? [init?: I] : [init: I];
type Data<Method extends HttpMethod, Path extends keyof Paths, I> = Paths[Path] extends {
  readonly [It in Method]: infer Operation extends Record<string | number, unknown>;
}
  ? NonNullable<FetchResponse<Operation, I, MediaType>['data']>
  : never;

/** Asks, and again while the server is away or says that it has too much to do. */
type Send<Method extends HttpMethod> = <Path extends PathsWithMethod<Paths, Method>, I extends Init<Method, Path>>(
  path: Path,
  ...init: Given<I>
) => Promise<Data<Method, Path, I>>;

/** Paths whose answers come in lines, the last of which has what was asked for. */
export type LinePath = {
  [Path in keyof Paths]: Paths[Path] extends {
    post: { responses: { 200: { content: { 'application/x-ndjson': unknown } } } };
  }
    ? Path
    : never;
}[keyof Paths] &
  PathsWithMethod<Paths, 'post'>;
type Line<Path extends LinePath> = Paths[Path]['post']['responses'][200]['content']['application/x-ndjson'];
/** What came of the work: neither a sign of life nor a problem. */
export type LastLine<Path extends LinePath> = Exclude<Line<Path>, { readonly type: 'working' | 'problem' }>;

export type OnWorking = (seconds: number, part: WorkDone | null) => void;
export interface WorkDone {
  readonly done: number;
  readonly total: number;
}

/**
 * lookalike's REST API, as docs/reference/openapi.json has it. Every method answers what the server does, and throws ApiProblem for a
 * refusal, ServerUnreachable when there is no answer. What passes is tried again; an upload by POST without an Idempotency-Key and a
 * decision about duplicates only when nothing was done, since they would be made twice.
 */
export class Client {
  readonly get: Send<'get'>;
  readonly post: Send<'post'>;
  readonly put: Send<'put'>;
  readonly patch: Send<'patch'>;
  readonly delete: Send<'delete'>;
  readonly #options: ClientOptions;
  readonly #transport: TransportOptions;
  readonly #retry: RetryOptions;
  readonly #api: FetchClient<Paths>;

  constructor(options: ClientOptions) {
    const { url, apiKey = null, timeoutMs = 60_000, fetch = globalThis.fetch.bind(globalThis) } = options;
    this.#options = options;
    this.#transport = { url, timeoutMs, fetch };
    this.#retry = options.retry ?? { giveUpAfterMs: 5_000 };
    this.#api = createFetchClient<Paths>({
      baseUrl: url,
      headers: apiKey === null ? {} : { authorization: `Bearer ${apiKey}` },
      querySerializer: queryText,
      bodySerializer: bodyOf,
      fetch: async (request) => this.#repeat(await wholeRequest(request, this.#options.signal)),
    });
    this.get = this.#sender('GET');
    this.post = this.#sender('POST');
    this.put = this.#sender('PUT');
    this.patch = this.#sender('PATCH');
    this.delete = this.#sender('DELETE');
  }

  get url(): string {
    return this.#transport.url;
  }

  /** The same, for answers that may come so much later. */
  waiting(longerMs: number): Client {
    return this.with({ timeoutMs: this.#transport.timeoutMs + longerMs });
  }

  /** The same with other options. */
  with(options: Partial<ClientOptions>): Client {
    return new Client({ ...this.#options, ...options });
  }

  /**
   * An answer that comes in lines: work that takes minutes or hours. When the connection is lost it begins anew.
   * @param onWorking is told every few seconds for how long it has gone on, and how far it is where that can be counted.
   */
  async last<Path extends LinePath, I extends Init<'post', Path>>(
    path: Path,
    init: I,
    onWorking: OnWorking = () => {},
  ): Promise<LastLine<Path>> {
    const fetch = async (request: Request) => {
      const whole = await wholeRequest(request, this.#options.signal);
      const last = await withRetry(() => this.#lastLine(whole, onWorking), this.#retry, whole.signals);
      return Response.json(last);
    };
    const { data } = await this.#api.POST(path as never, { ...init, fetch } as never);
    return data as unknown as LastLine<Path>;
  }

  async #lastLine(request: WholeRequest, onWorking: OnWorking): Promise<object> {
    const [lines, decoder] = [new AnswerLines(), new TextDecoder()];
    let last: object | null = null;
    await sendOnce(request, this.#transport, (bytes) => {
      for (const line of lines.take(decoder.decode(bytes, { stream: true }))) {
        if (line.type === 'working') onWorking(Number(line.seconds), partOf(line));
        else if (line.type === 'problem')
          throw new ApiProblem(200, parseProblem(200, JSON.stringify(line.problem)), null);
        else last = line;
      }
    });
    if (last !== null) return last;
    throw new ServerUnreachable(this.#transport.url, 'the answer ended before the work did', null);
  }

  #repeat(request: WholeRequest): Promise<Response> {
    const mayPass = isHarmlessTwice(request) ? isTransient : isTransientAndUndone;
    return withRetry(() => sendOnce(request, this.#transport), this.#retry, request.signals, mayPass);
  }

  #sender<Method extends HttpMethod>(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'): Send<Method> {
    const send = this.#api[method] as (path: unknown, init?: unknown) => Promise<{ data?: unknown }>;
    return (async (path: unknown, init?: unknown) => {
      try {
        return (await send(path, init)).data;
      } catch (error) {
        // What should be JSON is none.
        throw (error as Error).name === 'SyntaxError' ? notLookalike(this.#transport.url) : error;
      }
    }) as Send<Method>;
  }
}

/** What makes one thing more each time it is asked for. */
const MAKING_PATHS = ['/v1/images', '/v1/duplicates/decisions'];

function isHarmlessTwice({ method, url, headers }: WholeRequest): boolean {
  if (method !== 'POST' || headers.has('idempotency-key')) return true;
  return !MAKING_PATHS.some((it) => new URL(url).pathname.endsWith(it));
}

function partOf({ done, total }: Record<string, unknown>): WorkDone | null {
  return typeof done === 'number' && typeof total === 'number' ? { done, total } : null;
}
