import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Attributes, type ImageState, parseImageId } from '#core';
import type { ImageStatus } from '#pipeline';
import { stateOf } from '#testkit';
import { imageAnswer, stillWaiting } from '../../query/src/image-answer.js';

export const ENCODER = { name: 'vgg16-fc2', fingerprint: '0123456789abcdef', trained: true };

export const ORIGINAL = { imageId: 'original.jpg', match: 'same-picture', probability: 0.999 };

export type Interference = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * The REST API as the command line sees it, on loopback. A picture is text: `refuse…` is refused at once, `damaged…` is
 * accepted and fails later, `copy…` is a copy of `ORIGINAL`, anything else becomes ready when `settles` says so. What it says of an image is what the
 * query application makes of the same status.
 */
export class FakeServer {
  readonly images = new Map<string, ImageStatus>();
  /** What was asked of the search, as it came. */
  readonly searches: Record<string, unknown>[] = [];
  /** `PUT a.jpg` and so on, in the order they came. */
  readonly requests: string[] = [];
  readonly attributes = new Map<string, string>();
  url = '';
  encoder = ENCODER;
  /** That every request has to show. */
  apiKey: string | null = null;
  /** `followed`: when somebody waits for it, who is told once that it is waiting. */
  settles: 'at once' | 'followed' | 'never' = 'at once';
  /** Asked before each request; true when it has dealt with it. */
  interfere: Interference = () => false;
  /** Awaited in the middle of each upload. */
  holdUpload: () => Promise<void> = nextTurn;
  readonly #settle = new Map<string, () => void>();
  #version = 0;
  #mostAtOnce = 0;
  #uploads = 0;

  private constructor(private readonly server: Server) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  static async start(port = 0): Promise<FakeServer> {
    const server = createServer();
    const fake = new FakeServer(server);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    fake.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return fake;
  }

  get mostUploadsAtOnce(): number {
    return this.#mostAtOnce;
  }

  uploads(): string[] {
    return this.requests.filter((it) => it.startsWith('PUT ')).map((it) => it.slice(4));
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
    const id = pathname.startsWith('/v1/images/') ? decodeURIComponent(pathname.slice('/v1/images/'.length)) : null;
    this.requests.push(`${request.method} ${id ?? pathname}`);
    if (this.interfere(request, response)) return;
    const body = await buffer(request);
    if (pathname === '/health/ready') send(response, 200, { status: 'ok' });
    else if (this.apiKey !== null && request.headers.authorization !== `Bearer ${this.apiKey}`)
      problem(response, 401, 'unauthenticated', 'This needs an API key.');
    else if (pathname === '/v1/status') send(response, 200, this.#status());
    else if (pathname === '/v1/images' && request.method === 'GET') this.#list(searchParams, response);
    else if (pathname === '/v1/search') await this.#search(request, body, response);
    else if (id !== null && request.method === 'PUT')
      await this.#put(id, searchParams.get('check'), request, body, response);
    else if (id !== null) this.#get(id, searchParams.get('minVersion'), response);
    else problem(response, 404, 'route-unknown', 'There is no such route.');
  }

  #status() {
    const states = [...this.images.values()].map(({ state }) => state);
    const count = (wanted: string) => states.filter((it) => it === wanted).length;
    const images = { ready: count('ready'), failed: count('failed'), deleted: count('deleted') };
    return { encoder: this.encoder, generation: 'g1', images, stages: [] };
  }

  /** The cursor is how many came before. */
  #list(asked: URLSearchParams, response: ServerResponse): void {
    const [from, limit] = [Number(asked.get('cursor')), Number(asked.get('limit'))];
    const ready = [...this.images].filter(([, { state }]) => state === 'ready');
    const images = ready.slice(from, from + limit).map(([imageId, { version }]) => {
      return { imageId, state: 'ready', version, eventTime: '2026-01-31T08:00:00.000Z' };
    });
    const next = from + images.length;
    send(response, 200, { images, generation: 'g1', nextCursor: next < ready.length ? `${next}` : null, tookMs: 1 });
  }

  async #put(
    id: string,
    check: string | null,
    request: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
  ): Promise<void> {
    this.#uploads += 1;
    this.#mostAtOnce = Math.max(this.#mostAtOnce, this.#uploads);
    await this.holdUpload().finally(() => {
      this.#uploads -= 1;
    });
    const form = await parseForm(request, body);
    const picture = Buffer.from(await (form.get('file') as File).arrayBuffer());
    const attributes = form.get('attributes');
    if (typeof attributes === 'string') this.attributes.set(id, attributes);
    const text = picture.toString();
    if (text.startsWith('refuse')) {
      problem(response, 415, 'picture-not-recognised', 'The file is not a picture.');
      return;
    }
    const duplicates = text.startsWith('copy') ? [ORIGINAL] : [];
    if (check === 'refuse' && duplicates.length > 0) {
      problem(response, 409, 'already-here', 'The same picture is already here.', { duplicates });
      return;
    }
    const said = typeof attributes === 'string' ? (JSON.parse(attributes) as Attributes) : {};
    send(response, 202, { imageId: id, version: this.accept(id, text, said), ...(check !== null && { duplicates }) });
  }

  /** As if somebody had put it; returns the version. */
  accept(id: string, picture: string, attributes: Attributes = {}): number {
    this.#version += 1;
    const version = this.#version;
    const accepted = stateOf(Buffer.from(picture), attributes);
    const before = this.images.get(id);
    const { visibleVersion = null, record = null } = before ?? {};
    const waiting = { stage: 'embed', ahead: 0, eventTimeMs: Date.now() } as const;
    this.images.set(id, { state: 'waiting', version, visibleVersion, record, accepted, waiting });
    this.#settle.set(id, () => this.images.set(id, settled(id, version, picture, accepted)));
    if (this.settles === 'at once') this.#settle.get(id)?.();
    return version;
  }

  #get(id: string, minVersion: string | null, response: ServerResponse): void {
    const status = this.images.get(id);
    if (status === undefined) problem(response, 404, 'image-unknown', `There is no image ${JSON.stringify(id)}.`);
    else send(response, 200, imageAnswer(parseImageId(id), status, Number(minVersion ?? -1)));
    if (minVersion !== null && this.settles === 'followed') this.#settle.get(id)?.();
  }

  async #search(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    const isJson = request.headers['content-type'] === 'application/json';
    const asked: Record<string, unknown> = isJson
      ? JSON.parse(body.toString())
      : Object.fromEntries((await parseForm(request, body)).entries());
    this.searches.push(asked);
    const imageId = typeof asked.imageId === 'string' ? asked.imageId : null;
    const limit = Number(asked.limit);
    const status = imageId === null ? null : this.images.get(imageId);
    if (imageId !== null && status === undefined) {
      problem(response, 404, 'image-unknown', `There is no image ${JSON.stringify(imageId)}.`);
      return;
    }
    if (imageId !== null && status?.waiting) {
      const { code, message } = stillWaiting(parseImageId(imageId), status.waiting);
      problem(response, 409, code, message);
      return;
    }
    const found = [...this.images.keys()].filter((id) => id !== imageId).slice(0, limit);
    const results = found.map((id, i) => ({ imageId: id, score: 1 - i / 10, version: 1, attributes: {} }));
    send(response, 200, {
      results,
      encoder: this.encoder,
      generation: 'g1',
      mode: 'balanced',
      warnings: [],
      tookMs: 4.2,
    });
  }
}

function settled(id: string, version: number, picture: string, image: ImageState): ImageStatus {
  const head = { imageId: parseImageId(id), version, eventTimeMs: 0, image };
  const common = { version, visibleVersion: version, accepted: image, waiting: null };
  if (picture.startsWith('damaged')) {
    const reason = { code: 'picture-damaged', message: 'The picture is damaged.' } as const;
    return { state: 'failed', ...common, record: { ...head, state: 'failed', reason } };
  }
  const facts = { perceptualHash: '0'.repeat(16), width: 1, height: 1, thumbnail: image.sha256 };
  return { state: 'ready', ...common, record: { ...head, state: 'ready', ...facts } };
}

export function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

export function problem(
  response: ServerResponse,
  status: number,
  code: string,
  detail: string,
  { retryAfter, ...more }: { retryAfter?: string; canRetry?: boolean; errors?: unknown; duplicates?: unknown } = {},
): void {
  const body = { type: `urn:lookalike:problem:${code}`, title: 'No', status, detail, code, ...more };
  send(response, status, body, retryAfter === undefined ? {} : { 'retry-after': retryAfter });
}

/** Interferes with the first `times` requests of one method, then lets everything pass. */
export function firstTimes(times: number, method: string, act: (response: ServerResponse) => void): Interference {
  let left = times;
  return (request, response) => {
    if (request.method !== method || left === 0) return false;
    left -= 1;
    act(response);
    return true;
  };
}

function parseForm(request: IncomingMessage, body: Buffer): Promise<FormData> {
  return new Response(body, { headers: { 'content-type': request.headers['content-type'] ?? '' } }).formData();
}
