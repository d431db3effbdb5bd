import type { Kafka } from 'kafkajs';
import { LookalikeError, type NewRecord, type Position } from '#core';
import type { KafkaSettings } from './kafka-settings.js';
import { sizeOf } from './message-codec.js';
import { PendingAppend } from './pending-append.js';
import { TopicSender } from './topic-sender.js';

/**
 * Where appends wait, within limits of time and memory. Each topic is sent by itself: one that cannot be written holds
 * up no other.
 */
export class SendQueue {
  readonly #kafka: Kafka;
  readonly #settings: KafkaSettings;
  readonly #partitionsOf: (topic: string) => Promise<number>;
  readonly #senders = new Map<string, TopicSender>();
  #queuedBytes = 0;

  constructor(kafka: Kafka, settings: KafkaSettings, partitionsOf: (topic: string) => Promise<number>) {
    this.#kafka = kafka;
    this.#settings = settings;
    this.#partitionsOf = partitionsOf;
  }

  /**
   * @throws `overloaded` at once, when what waits leaves no room for these records; `log-unavailable` after
   * `appendTimeoutMs`, whatever the brokers do.
   */
  async append(topic: string, records: readonly NewRecord[]): Promise<readonly Position[]> {
    const { maxQueuedBytes, appendTimeoutMs } = this.#settings;
    const sizeBytes = records.reduce((sum, it) => sum + sizeOf(it), 0);
    // One that is larger than the limit by itself must have its turn too.
    if (this.#queuedBytes > 0 && this.#queuedBytes + sizeBytes > maxQueuedBytes) {
      throw new LookalikeError('overloaded', 'Too much waits to be written to Kafka already.', {
        facts: { topic, queuedBytes: this.#queuedBytes, sizeBytes, maxQueuedBytes },
      });
    }
    const append = new PendingAppend(topic, records, appendTimeoutMs);
    this.#queuedBytes += sizeBytes;
    try {
      this.#senderOf(topic).add(append);
      return await append.answer;
    } finally {
      this.#queuedBytes -= sizeBytes;
    }
  }

  /** The topic is gone, and with it what waits to be written to it. */
  async forget(topic: string): Promise<void> {
    const sender = this.#senders.get(topic);
    this.#senders.delete(topic);
    await sender?.close();
  }

  /** Sends what was asked for before. */
  async close(): Promise<void> {
    await Promise.all([...this.#senders.values()].map((it) => it.close()));
  }

  #senderOf(topic: string): TopicSender {
    const known = this.#senders.get(topic);
    if (known !== undefined) return known;
    const sender = new TopicSender(topic, this.#kafka, this.#settings, this.#partitionsOf);
    this.#senders.set(topic, sender);
    return sender;
  }
}
