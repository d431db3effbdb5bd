import { IMAGE_EVENTS_TOPIC, type ImageId, type Watermarks, winsAgainst } from '#core';
import type { Entry } from './bucket-files.js';
import type { Logged } from './difference.js';
import type { JoinedImage } from './joined-images.js';
import type { SeenAgain } from './judgement.js';
import { visitEvents } from './logged-events.js';
import { type AuditedPorts, indexedEntry } from './spilled-sides.js';
import { storedRecords } from './stored-records.js';

/**
 * Images that are looked at together; some 300 bytes each, and what came since the watermarks is read once for all of
 * them.
 */
const MAX_AT_ONCE = 50_000;

/**
 * Looks again at what differed: at what the index holds now, and then at the events since the watermarks. In this
 * order: what the index got from an event is explained by the log that is read afterwards.
 */
export class SecondLook<Suspect extends { readonly image: JoinedImage }> {
  #suspects: Suspect[] = [];

  /** @param settle is called once for each, in the order in which they were added. */
  constructor(
    private readonly ports: AuditedPorts,
    private readonly watermarks: readonly Watermarks[],
    private readonly settle: (suspect: Suspect, seen: SeenAgain) => Promise<void>,
  ) {}

  async add(suspect: Suspect): Promise<void> {
    this.#suspects.push(suspect);
    if (this.#suspects.length >= MAX_AT_ONCE) await this.finish();
  }

  async finish(): Promise<void> {
    const suspects = this.#suspects;
    if (suspects.length === 0) return;
    this.#suspects = [];
    const ids = new Set(suspects.map(({ image }) => image.imageId));
    const stored = await this.#stored([...ids]);
    const ends = (await this.ports.log.watermarks(IMAGE_EVENTS_TOPIC)).map(({ high }) => high);
    const later = await this.#later(ids, new Set(suspects.map(({ image }) => image.partition)), ends);
    for (const suspect of suspects) {
      const { imageId, partition } = suspect.image;
      await this.settle(suspect, {
        stored: stored.get(imageId) ?? [],
        later: later.get(imageId) ?? null,
        end: ends[partition] ?? 0,
      });
    }
  }

  async #stored(ids: readonly ImageId[]): Promise<ReadonlyMap<ImageId, readonly Entry[]>> {
    const stored = new Map<ImageId, Entry[]>();
    for await (const record of storedRecords(this.ports, ids)) {
      const entry = indexedEntry(record);
      const before = stored.get(record.imageId) ?? [];
      const wins = before[0] === undefined || winsAgainst(entry, before[0]);
      stored.set(record.imageId, wins ? [entry, ...before] : [...before, entry]);
    }
    return stored;
  }

  /** The last event of each image since the watermarks. */
  async #later(
    ids: ReadonlySet<ImageId>,
    partitions: ReadonlySet<number>,
    ends: readonly number[],
  ): Promise<ReadonlyMap<ImageId, Logged>> {
    const { log, signal } = this.ports;
    const later = new Map<ImageId, Logged>();
    for (const partition of partitions) {
      const [from, to] = [this.watermarks[partition]?.high ?? 0, ends[partition] ?? 0];
      if (from >= to) continue;
      await visitEvents({ log, partition, from, to, signal, partitions: ends.length }, ({ offset }, event) => {
        if (event !== null && ids.has(event.imageId)) {
          later.set(event.imageId, { version: offset, deleted: event.kind === 'deleted' });
        }
        return undefined;
      });
    }
    return later;
  }
}
