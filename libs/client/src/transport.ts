import { ApiProblem, parseProblem, parseRetryAfterMs, ServerUnreachable } from './problem.js';

export interface TransportOptions {
  readonly url: string;
  /** A longer silence counts as no answer. */
  readonly timeoutMs: number;
  readonly fetch: typeof fetch;
}

/** A request that can be sent more than once: its body has been read. */
export interface WholeRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: ArrayBuffer | null;
  /** Each aborts it. */
  readonly signals: readonly AbortSignal[];
}

/** @param signal one that all requests listen to. */
export async function wholeRequest(request: Request, signal?: AbortSignal): Promise<WholeRequest> {
  const { url, method, headers } = request;
  const signals = signal === undefined ? [request.signal] : [signal, request.signal];
  const body = method === 'GET' || method === 'HEAD' ? null : await request.arrayBuffer();
  return { url, method, headers, signals, body: body?.byteLength === 0 ? null : body };
}

/**
 * Sends it once, and reads its answer to the end. `onPart` is told of an answer as it comes.
 * @throws ApiProblem, ServerUnreachable, the reason of a signal.
 */
export async function sendOnce(
  request: WholeRequest,
  options: TransportOptions,
  onPart: (bytes: Uint8Array<ArrayBuffer>) => void = () => {},
): Promise<Response> {
  const ended = new Ending(request.signals, options.timeoutMs);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let response: Response;
  try {
    ended.signal.throwIfAborted();
    const { url, method, headers, body } = request;
    response = await options.fetch(url, { method, headers, body, signal: ended.signal });
    const reader = response.body?.getReader();
    for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) {
      ended.heard();
      const bytes = read.value as Uint8Array<ArrayBuffer>;
      parts.push(bytes);
      if (response.ok) onPart(bytes);
    }
  } catch (error) {
    for (const it of request.signals) if (it.aborted) throw it.reason;
    if (error instanceof ApiProblem) throw error;
    const code = causeCode(error);
    const isUnsent = code !== null && NOBODY_REACHED.includes(code);
    throw new ServerUnreachable(options.url, connectionReason(error, code, options.timeoutMs), error, isUnsent);
  } finally {
    ended.close();
  }
  const { ok, status, headers } = response;
  const bytes = new Blob(parts);
  if (!ok) {
    const retryAfterMs = parseRetryAfterMs(headers.get('retry-after'), Date.now());
    throw new ApiProblem(status, parseProblem(status, await bytes.text()), retryAfterMs);
  }
  return new Response(bytes.size === 0 ? null : bytes, { status, headers });
}

/** When a silence has lasted too long, or somebody stops it. */
class Ending {
  readonly #ended = new AbortController();
  readonly #stops: readonly (() => void)[];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    signals: readonly AbortSignal[],
    private readonly timeoutMs: number,
  ) {
    // Not AbortSignal.any: on Node 20 a signal that lives long remembers every one made from it, about 1 kB each.
    this.#stops = signals.map((signal) => {
      const onStop = () => this.#ended.abort(signal.reason);
      if (signal.aborted) onStop();
      signal.addEventListener('abort', onStop);
      return () => signal.removeEventListener('abort', onStop);
    });
    this.heard();
  }

  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  heard(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ended.abort(new DOMException('Timeout', 'TimeoutError')), this.timeoutMs);
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const stop of this.#stops) stop();
  }
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

/** A page is not told, so there everything may have been sent. */
const NOBODY_REACHED = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT', 'CERT_HAS_EXPIRED'];

function connectionReason(error: unknown, code: string | null, timeoutMs: number): string {
  if ((error as { name?: unknown }).name === 'TimeoutError') return `silence for ${Math.round(timeoutMs / 1000)} s`;
  return code === null ? 'the connection failed' : (REASONS[code] ?? code);
}

function causeCode(error: unknown): string | null {
  const cause = (error as { cause?: unknown }).cause as { code?: unknown; errors?: unknown } | undefined;
  const first = Array.isArray(cause?.errors) ? (cause.errors[0] as { code?: unknown }) : undefined;
  const code = cause?.code ?? first?.code;
  return typeof code === 'string' ? code : null;
}
