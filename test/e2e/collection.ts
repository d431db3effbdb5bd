import { eventually } from '#testkit';
import { type Answer, form, json, type Parts, send } from '../ingest/requests.js';

export interface Accepted {
  readonly imageId: string;
  readonly version: number;
}

export interface Found {
  readonly imageId: string;
  readonly score: number;
  readonly version: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly thumbnail: string;
}

export interface SearchAnswer {
  readonly results: readonly Found[];
  readonly encoder: { readonly name: string; readonly fingerprint: string; readonly trained: boolean };
  readonly generation: string;
  readonly mode: string;
  readonly tookMs: number;
}

const VISIBLE_LIMIT_MS = 90_000;

/** Where a collection's APIs are; asked for each time, since a server that starts again has another address. */
export interface ApiUrls {
  ingest(): string;
  query(): string;
  embedder(): string;
}

/** The REST API, as a test wants to speak it. What should have been accepted and was not, throws. */
export class Collection {
  readonly #urls: ApiUrls;

  /** `urls` is one function where one server has all of it; `apiKey` is shown to all of them. */
  constructor(
    urls: ApiUrls | (() => string),
    private readonly apiKey: string | null = null,
  ) {
    this.#urls = typeof urls === 'function' ? { ingest: urls, query: urls, embedder: urls } : urls;
  }

  path(imageId: string): string {
    return `${this.#urls.ingest()}${pathOf(imageId)}`;
  }

  /** `parts` are of the form, so that a test can send what is wrong too. */
  post(...parts: Parts): Promise<Answer> {
    return this.#send(`${this.#urls.ingest()}/v1/images`, { method: 'POST', body: form(...parts) });
  }

  async add(imageId: string, picture: Uint8Array, attributes: object = {}): Promise<Accepted> {
    const parts: Parts = [
      ['imageId', imageId],
      ['attributes', JSON.stringify(attributes)],
      ['file', picture],
    ];
    return accepted(await this.post(...parts));
  }

  /** As many at once as an importer would send; in the order given. */
  async addAll(images: readonly (readonly [imageId: string, picture: Uint8Array])[]): Promise<Accepted[]> {
    const answers: Accepted[] = [];
    const waiting = images.entries();
    const send = async () => {
      for (const [at, [imageId, picture]] of waiting) answers[at] = await this.add(imageId, picture);
    };
    await Promise.all(Array.from({ length: 4 }, send));
    return answers;
  }

  async patch(imageId: string, attributes: object): Promise<Accepted> {
    return accepted(await this.#send(this.path(imageId), json('PATCH', { attributes })));
  }

  async delete(imageId: string): Promise<Accepted> {
    return accepted(await this.#send(this.path(imageId), { method: 'DELETE' }));
  }

  async bulk(lines: readonly (object | string)[]): Promise<Record<string, unknown>[]> {
    const body = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
    const headers = { 'content-type': 'application/x-ndjson', ...this.#authorization() };
    const response = await fetch(`${this.#urls.ingest()}/v1/images/bulk`, { method: 'POST', body, headers });
    const text = await response.text();
    return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
  }

  image(imageId: string): Promise<Answer> {
    return this.#send(`${this.#urls.query()}${pathOf(imageId)}`);
  }

  /** What became of a change, when searches see it. */
  async visible({ imageId, version }: Accepted, limitMs = VISIBLE_LIMIT_MS): Promise<Answer['body']> {
    return eventually(async () => {
      const { status, body } = await this.#send(
        `${this.#urls.query()}${pathOf(imageId)}?minVersion=${version}&wait=20`,
      );
      if (status !== 200 || body.state === 'waiting') {
        throw new Error(`${imageId} version ${version} is not visible: ${status} ${JSON.stringify(body)}`);
      }
      return body;
    }, limitMs);
  }

  async search(by: Uint8Array | string, limit = 10): Promise<SearchAnswer> {
    const { status, body } = await this.trySearch(by, limit);
    if (status !== 200) throw new Error(`the search failed: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  trySearch(by: Uint8Array | string, limit = 10): Promise<Answer> {
    const request =
      typeof by === 'string'
        ? json('POST', { imageId: by, limit })
        : { method: 'POST', body: form(['limit', String(limit)], ['file', by]) };
    return this.#send(`${this.#urls.query()}/v1/search`, request);
  }

  /** The next page of a search by an image; without a cursor the first. */
  page(imageId: string, limit: number, cursor?: string): Promise<Answer> {
    return this.#send(`${this.#urls.query()}/v1/search`, json('POST', { imageId, limit, cursor }));
  }

  async status(): Promise<Answer['body']> {
    return (await this.#send(`${this.#urls.embedder()}/v1/status`)).body;
  }

  #send(url: string, init: RequestInit = {}): Promise<Answer> {
    return send(url, { ...init, headers: { ...(init.headers as Record<string, string>), ...this.#authorization() } });
  }

  #authorization(): Record<string, string> {
    return this.apiKey === null ? {} : { authorization: `Bearer ${this.apiKey}` };
  }
}

function pathOf(imageId: string): string {
  return `/v1/images/${encodeURIComponent(imageId)}`;
}

export function accepted({ status, body }: Answer): Accepted {
  if (status !== 202) throw new Error(`not accepted: ${status} ${JSON.stringify(body)}`);
  return body;
}

export const idsOf = ({ results }: SearchAnswer): string[] => results.map(({ imageId }) => imageId);
