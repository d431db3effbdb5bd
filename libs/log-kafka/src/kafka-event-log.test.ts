import { DEFAULT_KAFKA_SETTINGS, openKafkaLog } from '#log-kafka';
import { describeWithKafka, eventLogContract } from '#testkit';

jest.setTimeout(60_000);

describeWithKafka('on a real broker', (kafka) => {
  eventLogContract('The log in Kafka', async ({ maxRecordBytes }) => {
    const open = () =>
      openKafkaLog({
        ...DEFAULT_KAFKA_SETTINGS,
        brokers: kafka().brokers,
        maxRecordBytes,
        sessionTimeoutMs: 6_000,
        heartbeatIntervalMs: 200,
      });
    let log = open();
    return {
      log,
      reopen: async () => {
        const crashed = log;
        log = open();
        await crashed.close();
        return log;
      },
      cleanup: () => log.close(),
    };
  });
});
