import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { isLookalikeError, LookalikeError } from '#core';
import { asLogError, kafkaTypeOf } from './kafka-errors.js';
import type { KafkaSettings } from './kafka-settings.js';
import { type Cluster, createCluster } from './kafkajs-internals.js';
import { OnDemand } from './on-demand.js';
import { deleteTopic, fetchTopicId } from './topic-ids.js';

/** Brokers hear of what the controller has done within a second as a rule. */
const ATTEMPTS = 40;
const RETRY_MS = 250;

/**
 * Removes topics and where groups stand. Through a client that is told of no topic: kafkajs asks for all that it was told of
 * whenever it asks for one, and fails for good once one of them is gone.
 */
export class Removals {
  readonly #cluster: OnDemand<Cluster>;

  constructor(
    kafka: Kafka,
    private readonly settings: KafkaSettings,
  ) {
    this.#cluster = new OnDemand(() => createCluster(kafka));
  }

  /** @throws `topic-unknown`, `log-unavailable`. */
  topicId(topic: string): Promise<string> {
    return this.#ask(topic, async (cluster) => fetchTopicId(await cluster.findControllerBroker(), topic));
  }

  /** Resolves when every broker that is up knows that it is gone. */
  async drop(topic: string, id: string): Promise<void> {
    await this.#ask(topic, async (cluster) =>
      deleteTopic(await cluster.findControllerBroker(), id, this.settings.requestTimeoutMs),
    );
    for (let attempt = 1; await this.#isKnown(topic, id); attempt++) {
      if (attempt === ATTEMPTS) throw new LookalikeError('log-unavailable', `Topic ${topic} is still being deleted.`);
      await sleep(RETRY_MS);
    }
  }

  /** @throws `group-in-use`, `log-unavailable`. */
  async forgetGroup(topic: string, group: string): Promise<void> {
    await this.#ask(topic, async (cluster) => {
      const coordinator = await cluster.findGroupCoordinator({ groupId: group });
      const { results } = await coordinator.deleteGroups([group]);
      const error = results[0]?.error;
      if (error === undefined || kafkaTypeOf(error) === 'GROUP_ID_NOT_FOUND') return;
      if (kafkaTypeOf(error) !== 'NON_EMPTY_GROUP') throw error;
      throw new LookalikeError('group-in-use', `Group ${group} has members.`, { facts: { topic, group } });
    });
  }

  close(): Promise<void> {
    return this.#cluster.close();
  }

  #isKnown(topic: string, id: string): Promise<boolean> {
    return this.#ask(topic, async (cluster) => {
      for (const nodeId of cluster.getNodeIds()) {
        const broker = await cluster.findBroker({ nodeId });
        if ((await fetchTopicId(broker, topic).catch(nullIfUnknown)) === id) return true;
      }
      return false;
    });
  }

  async #ask<T>(topic: string, question: (cluster: Cluster) => Promise<T>): Promise<T> {
    try {
      const cluster = await this.#cluster.get();
      // Of the brokers alone.
      await cluster.refreshMetadata();
      return await question(cluster);
    } catch (error) {
      throw asLogError(error, topic);
    }
  }
}

function nullIfUnknown(error: unknown): null {
  const found = asLogError(error);
  if (isLookalikeError(found) && found.code === 'topic-unknown') return null;
  throw error;
}
