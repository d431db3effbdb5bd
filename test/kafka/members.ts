import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog } from '#core';
import { DEFAULT_KAFKA_SETTINGS, type KafkaSettings, openKafkaLog } from '#log-kafka';
import { BatchConsumer } from '#pipeline';
import type { Ledger } from './ledger.js';

export const APPEND_TIMEOUT_MS = 5_000;

/** Members of ledgers' groups in this process, each with a log of its own; they are closed together. */
export class Members {
  readonly #logs: EventLog[] = [];
  readonly #consumers: BatchConsumer[] = [];

  constructor(private readonly settings: () => Pick<KafkaSettings, 'brokers'> & Partial<KafkaSettings>) {}

  open(): EventLog {
    const limits = { heartbeatIntervalMs: 200, requestTimeoutMs: 3_000, appendTimeoutMs: APPEND_TIMEOUT_MS };
    const log = openKafkaLog({ ...DEFAULT_KAFKA_SETTINGS, ...limits, ...this.settings() });
    this.#logs.push(log);
    return log;
  }

  /** @param faults gets the code of each that it meets. */
  async join(ledger: Ledger, faults: string[] = []): Promise<BatchConsumer> {
    const consumer = new BatchConsumer({
      log: this.open(),
      topic: ledger.topic,
      group: ledger.topic,
      limits: { maxRecords: 7, maxBytes: 1_000_000, maxWaitMs: 0 },
      batchesAhead: 3,
      retryDelayMs: { first: 20, max: 500 },
      handler: async (records) => async (isOwned) => {
        for (const it of records) {
          if (!isOwned(it)) continue;
          // A move that comes meanwhile waits until this is written.
          if (ledger.done.size % 7 === 0) await sleep(3);
          ledger.do(it);
        }
      },
      onFault: (fault) => {
        if (fault !== null) faults.push((fault.error as { code: string }).code);
      },
    });
    this.#consumers.push(consumer);
    await consumer.start();
    return consumer;
  }

  async close(): Promise<void> {
    await Promise.all(this.#consumers.splice(0).map((it) => it.stop(1_000)));
    await Promise.all(this.#logs.splice(0).map((it) => it.close()));
  }
}
