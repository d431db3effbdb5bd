import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { type EventLog, isLookalikeError, type LogRecord, type VectorIndex } from '#core';
import { DEFAULT_QDRANT_SETTINGS, openQdrantIndex } from '#index-qdrant';
import { DEFAULT_KAFKA_SETTINGS, openKafkaLog } from '#log-kafka';
import { describeWithKafka, describeWithQdrant, type KafkaBroker, type QdrantServer } from '#testkit';
import { proveOnReal } from './real-adapters.js';
import { replacing } from './replacing.js';
import type { Disks } from './world.js';

const MAX_TRIES = 20;
const PAUSE_MS = 50;
/** Who crashed is waited for no longer than that, which together is far below what counts as stuck. */
const GROUP = { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000 };

beforeAll(() => Logger.overrideLogger(false));

describeWithKafka('on Kafka', (kafka) => {
  describeWithQdrant('and Qdrant', (qdrant) => {
    test('schedules of reindexes and faults leave the fold of the log', async () => {
      let opened = 0;
      const run = Date.now().toString(36);
      await proveOnReal('Kafka and Qdrant', async () => {
        opened += 1;
        return clusterDisks(kafka(), qdrant(), `proof-${run}-${opened}`);
      });
    }, 600_000);
  });
});

async function clusterDisks(kafka: KafkaBroker, qdrant: QdrantServer, name: string): Promise<Disks> {
  const log = openKafkaLog({ ...DEFAULT_KAFKA_SETTINGS, ...GROUP, brokers: kafka.brokers });
  const opened: VectorIndex[] = [];
  return {
    log: within(name, log),
    openIndex: async () => {
      const prefix = `${name}-${opened.length}`;
      const index = openQdrantIndex({ ...DEFAULT_QDRANT_SETTINGS, url: qdrant.url, prefix });
      opened.push(index);
      return index;
    },
    close: async () => {
      await log.close();
      await Promise.all(opened.map((it) => it.close()));
      await qdrant.dropCollections(name);
    },
  };
}

/** Topics and groups have fixed names; on one broker each schedule has its own all the same. */
function within(name: string, log: EventLog): EventLog {
  const own = (it: string) => `${name}.${it}`;
  const asAsked = <T extends LogRecord>(record: T, topic: string): T => ({ ...record, topic });
  return replacing(log, {
    ensureTopic: (topic, config) => log.ensureTopic(own(topic), config),
    checkTopic: (topic, config) => log.checkTopic(own(topic), config),
    append: (topic, records) => patiently(() => log.append(own(topic), records)),
    watermarks: (topic) => patiently(() => log.watermarks(own(topic))),
    committed: (topic, group) => log.committed(own(topic), own(group)),
    read: async function* (options) {
      for await (const record of log.read({ ...options, topic: own(options.topic) }))
        yield asAsked(record, options.topic);
    },
    subscribe: async (options) => {
      const { topic, group } = options;
      const subscription = await log.subscribe({ ...options, topic: own(topic), group: own(group) });
      return replacing(subscription, {
        next: async () => (await subscription.next())?.map((it) => asAsked(it, topic)) ?? null,
      });
    },
  });
}

/** A topic that was just made is not known to all of a broker at once. Whoever publishes, or looks, tries again. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries === MAX_TRIES || !isLookalikeError(error) || !error.canRetry) throw error;
      await sleep(PAUSE_MS);
    }
  }
}
