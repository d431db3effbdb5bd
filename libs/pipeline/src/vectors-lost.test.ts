import { DEAD_LETTERS_TOPIC, type EventLog, IMAGE_EVENTS_TOPIC, imageVectorsTopic } from '#core';
import { embedGroup, requireVectors } from '#pipeline';
import { MemoryEventLog, nextBatch } from '#testkit';

const FINGERPRINT = 'f'.repeat(16);
const VECTORS = imageVectorsTopic(FINGERPRINT);
const RECORD = { key: 'a', value: Buffer.from('x'), headers: {} };

describe('vectors that events have become', () => {
  let log: EventLog;
  beforeEach(async () => {
    log = new MemoryEventLog();
    for (const topic of [IMAGE_EVENTS_TOPIC, DEAD_LETTERS_TOPIC, VECTORS]) {
      await log.ensureTopic(topic, { partitions: 2, retention: 'forever' });
    }
    await log.append(IMAGE_EVENTS_TOPIC, [RECORD, RECORD, RECORD]);
  });

  const handle = async (count: number) => {
    const limits = { maxRecords: count, maxBytes: 1000, maxWaitMs: 0 };
    const subscription = await log.subscribe({ topic: IMAGE_EVENTS_TOPIC, group: embedGroup(FINGERPRINT), limits });
    const [record] = await nextBatch(subscription);
    await subscription.commit(new Map([[record?.partition ?? 0, count]]));
    await subscription.close();
  };

  test('are not missed before any was handled', async () => {
    await expect(requireVectors(log, FINGERPRINT)).resolves.toBeUndefined();
  });

  test('are there', async () => {
    await handle(3);
    await log.append(VECTORS, [RECORD]);
    await expect(requireVectors(log, FINGERPRINT)).resolves.toBeUndefined();
  });

  test('are not missed where all events were set aside', async () => {
    await handle(3);
    await log.append(DEAD_LETTERS_TOPIC, [RECORD, RECORD, RECORD]);
    await expect(requireVectors(log, FINGERPRINT)).resolves.toBeUndefined();
  });

  test('that are gone are told, with what has to be done', async () => {
    await handle(3);
    await log.append(DEAD_LETTERS_TOPIC, [RECORD, RECORD]);
    const facts = { topic: VECTORS, group: embedGroup(FINGERPRINT), handled: 3 };
    await expect(requireVectors(log, FINGERPRINT)).rejects.toMatchObject({ code: 'log-mismatch', facts });
  });
});
