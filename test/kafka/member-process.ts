import { DEFAULT_KAFKA_SETTINGS, openKafkaLog } from '#log-kafka';
import { BatchConsumer } from '#pipeline';

/**
 * A member of a group in a process of its own, which a test can freeze: `<brokers> <topic> <session ms>`. Tells each
 * record that it has done as `<partition>/<offset>`, and each fault by its code.
 */
async function main([brokers = '', topic = '', sessionTimeoutMs]: string[]): Promise<void> {
  const log = openKafkaLog({
    ...DEFAULT_KAFKA_SETTINGS,
    brokers: brokers.split(','),
    sessionTimeoutMs: Number(sessionTimeoutMs),
    heartbeatIntervalMs: 200,
  });
  const consumer = new BatchConsumer({
    log,
    topic,
    group: topic,
    limits: { maxRecords: 10, maxBytes: 1_000_000, maxWaitMs: 0 },
    batchesAhead: 2,
    handler: async (records) => async (isOwned) => {
      for (const it of records) if (isOwned(it)) process.stdout.write(`${it.partition}/${it.offset}\n`);
    },
    onFault: (fault) => {
      if (fault !== null) process.stdout.write(`fault ${(fault.error as { code?: string }).code}\n`);
    },
  });
  await consumer.start();
  process.once('SIGTERM', () => void consumer.stop(5_000).then(() => log.close()));
}

void main(process.argv.slice(2));
