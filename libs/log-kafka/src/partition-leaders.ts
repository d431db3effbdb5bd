import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { asLogError, isMovedLeader } from './kafka-errors.js';
import { type Cluster, createCluster } from './kafkajs-internals.js';
import { OnDemand } from './on-demand.js';

const ATTEMPTS = 6;
const RETRY_MS = 200;

/**
 * Asks those who lead partitions. What kafkajs' own admin client knows of leaders is replaced whole by whichever answer
 * comes last, and it takes a partition that is not in it for one that does not exist; here it is asked for again.
 */
export class PartitionLeaders {
  readonly #cluster: OnDemand<Cluster>;

  constructor(kafka: Kafka) {
    this.#cluster = new OnDemand(() => createCluster(kafka));
  }

  /**
   * @param question is asked again, up to 6 times, when it went to one that does not lead any more.
   * @param canRetry for what else it is asked again.
   * @throws the port's errors.
   */
  async ask<T>(
    topic: string,
    question: (cluster: Cluster, attempt: number) => Promise<T>,
    canRetry: (error: unknown) => boolean = isMovedLeader,
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        const cluster = await this.#cluster.get();
        await cluster.addTargetTopic(topic);
        return await question(cluster, attempt);
      } catch (error) {
        if (attempt >= ATTEMPTS || !canRetry(error)) throw asLogError(error, topic);
        await this.#recover(error);
      }
    }
  }

  close(): Promise<void> {
    return this.#cluster.close();
  }

  async #recover(error: unknown): Promise<void> {
    await sleep(RETRY_MS);
    if (isMovedLeader(error)) await (await this.#cluster.get()).refreshMetadata();
  }
}
