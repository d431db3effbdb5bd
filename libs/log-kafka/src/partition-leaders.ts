import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { LookalikeError } from '#core';
import { asLogError, isMovedLeader } from './kafka-errors.js';
import { type Cluster, createCluster } from './kafkajs-internals.js';
import { OnDemand } from './on-demand.js';

const ATTEMPTS = 6;
const RETRY_MS = 200;

/**
 * Asks those who lead partitions. What kafkajs' own admin client knows of leaders is replaced whole by whichever answer
 * comes last, and it takes a partition that is not in it for one that does not exist; here it is asked for again. Each topic has
 * a client of its own: one that was told of a topic that is gone since learns nothing of any other.
 */
export class PartitionLeaders {
  readonly #kafka: Kafka;
  readonly #clusters = new Map<string, OnDemand<Cluster>>();
  #isClosed = false;

  constructor(kafka: Kafka) {
    this.#kafka = kafka;
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
    let hasMoved = false;
    for (let attempt = 1; ; attempt++) {
      try {
        const cluster = await this.#clusterOf(topic).get();
        if (hasMoved) await cluster.refreshMetadata();
        await cluster.addTargetTopic(topic);
        return await question(cluster, attempt);
      } catch (error) {
        if (attempt >= ATTEMPTS || !canRetry(error)) throw asLogError(error, topic);
        hasMoved = isMovedLeader(error);
        await sleep(RETRY_MS);
      }
    }
  }

  /** Of a topic that is gone. */
  async forget(topic: string): Promise<void> {
    const cluster = this.#clusters.get(topic);
    this.#clusters.delete(topic);
    await cluster?.close();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#clusters.values()].map((it) => it.close()));
  }

  #clusterOf(topic: string): OnDemand<Cluster> {
    if (this.#isClosed) throw new LookalikeError('log-closed', 'The log is closed.');
    const known = this.#clusters.get(topic);
    if (known !== undefined) return known;
    const cluster = new OnDemand(() => createCluster(this.#kafka));
    this.#clusters.set(topic, cluster);
    return cluster;
  }
}
