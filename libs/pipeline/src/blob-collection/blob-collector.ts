import { type EventLog, INDEX_GENERATIONS_TOPIC, Repeating } from '#core';
import { BLOB_COLLECTION_GROUP } from '../groups.js';
import { PartitionOwner } from '../partition-owner.js';

export interface BlobCollectorOptions {
  readonly log: EventLog;
  /** From the end of one pass to the next, in milliseconds. */
  readonly everyMs: number;
  readonly collect: (signal: AbortSignal) => Promise<void>;
  readonly onFault: (error: unknown) => void;
}

const LOOK_EVERY_MS = 60_000;
/** A process that has just come to own the partition, as after each start of a cluster, does other things first. */
const FIRST_AFTER_MS = 3_600_000;

/**
 * Collects blobs from time to time, in one process of all that could: whoever owns the only partition of a topic, in a group
 * of its own, since not all who drive reindexes have pictures. Two at once, for the moment that a partition takes to move,
 * do no harm.
 */
export class BlobCollector {
  readonly #options: BlobCollectorOptions;
  readonly #owner: PartitionOwner;
  readonly #working = new Repeating(() => this.#work(), LOOK_EVERY_MS);
  #underWay = new AbortController();
  /** By the monotonic clock; `null` while somebody else does it. */
  #dueMs: number | null = null;

  constructor(options: BlobCollectorOptions) {
    this.#options = options;
    const { log, onFault } = options;
    this.#owner = new PartitionOwner({
      log,
      topic: INDEX_GENERATIONS_TOPIC,
      group: BLOB_COLLECTION_GROUP,
      onLost: async () => this.#underWay.abort(),
      onFault: (error) => {
        if (error !== null) onFault(error);
      },
    });
  }

  async start(): Promise<void> {
    await this.#owner.start();
    this.#working.start();
  }

  async stop(): Promise<void> {
    this.#underWay.abort();
    await this.#working.stop();
    await this.#owner.stop();
  }

  async #work(): Promise<void> {
    if (!this.#owner.isOwner) {
      this.#dueMs = null;
      return;
    }
    const { everyMs, collect, onFault } = this.#options;
    this.#dueMs ??= performance.now() + Math.min(FIRST_AFTER_MS, everyMs);
    if (performance.now() < this.#dueMs) return;
    this.#underWay = new AbortController();
    const { signal } = this.#underWay;
    try {
      await collect(signal);
    } catch (error) {
      if (!signal.aborted) onFault(error);
    }
    this.#dueMs = performance.now() + everyMs;
  }
}
