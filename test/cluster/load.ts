import { decodeImageEvent, IMAGE_EVENTS_TOPIC, type ImageEvent, type VectorIndex } from '#core';
import { DEFAULT_QDRANT_SETTINGS, openQdrantIndex } from '#index-qdrant';
import { eventually, recordsOf, seededRandom } from '#testkit';
import type { Cluster } from './cluster.js';

/** A line for the bulk API; `n` tells one change of an image from another. */
export interface Change {
  readonly op: 'add' | 'update' | 'delete';
  readonly imageId: string;
  readonly uri?: string;
  readonly attributes?: { readonly n: number };
}

export interface Acknowledged {
  readonly change: Change;
  readonly position: { readonly partition: number; readonly offset: number };
}

const QUIET_LIMIT_MS = 120_000;
const SHARE_OF_DELETES = 0.15;

/** Changes to a few hundred images, the same for the same seed, and which of them were acknowledged. */
export class Load {
  readonly acknowledged: Acknowledged[] = [];
  readonly #random: () => number;
  #made = 0;

  /** `uris` of pictures that were uploaded; `images` is how many there may be at most. */
  constructor(
    seed: number,
    private readonly uris: readonly string[],
    private readonly images: number,
  ) {
    this.#random = seededRandom(seed);
  }

  make(count: number): Change[] {
    return Array.from({ length: count }, () => {
      const imageId = `load-${Math.floor(this.#random() * this.images)}`;
      this.#made += 1;
      if (this.#random() < SHARE_OF_DELETES) return { op: 'delete', imageId };
      const uri = this.uris[Math.floor(this.#random() * this.uris.length)] as string;
      return { op: this.#made % 2 === 0 ? 'add' : 'update', imageId, uri, attributes: { n: this.#made } };
    });
  }

  /** @returns what got no answer, since the server or the connection went; a refusal other than that throws. */
  async publish(url: string, changes: readonly Change[]): Promise<Change[]> {
    const open = new Map(changes.map((change, at) => [at + 1, change]));
    const body = changes.map((it) => JSON.stringify(it)).join('\n');
    const headers = { 'content-type': 'application/x-ndjson' };
    try {
      const response = await fetch(`${url}/v1/images/bulk`, { method: 'POST', body, headers });
      for await (const { line, status, position, ...rest } of lines(response)) {
        const change = open.get(line);
        if (status === 503) continue;
        if (status !== 202 || change === undefined) throw new Refused(JSON.stringify({ line, status, ...rest }));
        open.delete(line);
        this.acknowledged.push({ change, position });
      }
    } catch (error) {
      if (error instanceof Refused) throw error;
    }
    return [...open.values()];
  }
}

class Refused extends Error {}

// biome-ignore lint/suspicious/noExplicitAny: the caller says what it expects
async function* lines(response: Response): AsyncGenerator<any> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) yield JSON.parse(part);
  }
}

/** The last state of an image, by log or by index. */
interface Last {
  readonly version: number;
  readonly state: string;
  readonly n: unknown;
}

/**
 * Waits until the stages have caught up, then compares: every acknowledged change is in the log where it was said to be,
 * and the index is the fold of the log.
 */
export async function expectFold(cluster: Cluster, { acknowledged }: Load): Promise<void> {
  await eventually(async () => {
    const { stages } = await cluster.collection.status();
    if (stages.some((it: { lag: number }) => it.lag > 0)) throw new Error(`not caught up: ${JSON.stringify(stages)}`);
  }, QUIET_LIMIT_MS);
  const events = await eventsOf(cluster);
  for (const { change, position } of acknowledged) {
    const found = events.get(position.partition)?.get(position.offset);
    expect({ position, ...asChange(found) }).toEqual({ position, ...change });
  }
  expect(await indexed(cluster)).toEqual(folded(events));
}

type Events = ReadonlyMap<number, ReadonlyMap<number, ImageEvent>>;

async function eventsOf(cluster: Cluster): Promise<Events> {
  const events = new Map<number, Map<number, ImageEvent>>();
  for (const record of await cluster.withLog((log) => recordsOf(log, IMAGE_EVENTS_TOPIC))) {
    const mine = events.get(record.partition) ?? new Map<number, ImageEvent>();
    events.set(record.partition, mine.set(record.offset, decodeImageEvent(record)));
  }
  return events;
}

function asChange(event: ImageEvent | undefined): Partial<Change> {
  if (event === undefined) return {};
  if (event.kind === 'deleted') return { op: 'delete', imageId: event.imageId };
  const { uri, attributes } = event.state;
  return {
    op: event.kind === 'added' ? 'add' : 'update',
    imageId: event.imageId,
    uri,
    attributes: attributes as never,
  };
}

function folded(events: Events): ReadonlyMap<string, Last> {
  const last = new Map<string, Last>();
  for (const mine of events.values()) {
    for (const [version, event] of mine) {
      const state = event.kind === 'deleted' ? 'deleted' : 'ready';
      last.set(event.imageId, { version, state, n: event.kind === 'deleted' ? undefined : event.state.attributes.n });
    }
  }
  return last;
}

async function indexed({ qdrant, prefix }: Cluster): Promise<ReadonlyMap<string, Last>> {
  const index: VectorIndex = openQdrantIndex({ ...DEFAULT_QDRANT_SETTINGS, url: qdrant.url, prefix });
  try {
    const last = new Map<string, Last>();
    for await (const records of index.scan()) {
      for (const record of records) {
        const n = record.state === 'deleted' ? undefined : record.image.attributes.n;
        last.set(record.imageId, { version: record.version, state: record.state, n });
      }
    }
    return last;
  } finally {
    await index.close();
  }
}
