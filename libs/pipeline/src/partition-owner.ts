import type { EventLog, Subscription } from '#core';

export interface PartitionOwnerOptions {
  readonly log: EventLog;
  /** Of one partition, with at least one record. */
  readonly topic: string;
  readonly group: string;
  /** Before the partition moves to another process, which waits for it; for as long as the log lets it. */
  readonly onLost: () => Promise<void>;
  /** `null`: the log can be reached again. */
  readonly onFault: (error: unknown) => void;
}

const LIMITS = { maxRecords: 1000, maxBytes: 16 * 2 ** 20, maxWaitMs: 0 };
const RETRY_MS = 1_000;

/** Whether this process is the one, of all of a group, that owns a topic's only partition. */
export class PartitionOwner {
  readonly #options: PartitionOwnerOptions;
  #subscription: Subscription | null = null;
  #following: Promise<void> = Promise.resolve();
  #isOwner = false;

  constructor(options: PartitionOwnerOptions) {
    this.#options = options;
  }

  get isOwner(): boolean {
    return this.#isOwner;
  }

  async start(): Promise<void> {
    const { log, topic, group, onLost } = this.#options;
    this.#subscription = await log.subscribe({
      topic,
      group,
      limits: LIMITS,
      onRevoked: async () => {
        this.#isOwner = false;
        await onLost();
      },
    });
    this.#following = this.#follow(this.#subscription);
  }

  async stop(): Promise<void> {
    await this.#subscription?.close();
    await this.#following;
  }

  /** Nothing is committed, so who comes to own the partition is told of it by its first record. */
  async #follow(subscription: Subscription): Promise<void> {
    for (let isFaulty = false; ; ) {
      try {
        const records = await subscription.next();
        if (records === null) return;
        if (isFaulty) this.#options.onFault(null);
        isFaulty = false;
        if (records.length > 0) this.#isOwner = true;
      } catch (error) {
        isFaulty = true;
        this.#options.onFault(error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }
}
