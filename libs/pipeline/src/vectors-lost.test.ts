import {
  DEAD_LETTERS_TOPIC,
  type EventLog,
  IMAGE_EVENTS_TOPIC,
  imageVectorsTopic,
  LookalikeError,
  type NewRecord,
} from '#core';
import { embedGroup, ensureVectorsTopic, requireVectors } from '#pipeline';
import { addedEvent, deletedEvent, MemoryEventLog, nextBatch, plainPicture, stateOf, updatedEvent } from '#testkit';

const FINGERPRINT = 'f'.repeat(16);
const VECTORS = imageVectorsTopic(FINGERPRINT);
const CAT = stateOf(plainPicture('cat'));
const GARBAGE = { key: 'a', value: Buffer.from('x'), headers: {} };

describe('vectors that events have become', () => {
  let log: EventLog;
  beforeEach(async () => {
    log = new MemoryEventLog();
    for (const topic of [IMAGE_EVENTS_TOPIC, DEAD_LETTERS_TOPIC, VECTORS]) {
      await log.ensureTopic(topic, { partitions: 2, retention: topic === VECTORS ? 'compact' : 'forever' });
    }
  });

  const publish = (...events: NewRecord[]) => log.append(IMAGE_EVENTS_TOPIC, events);

  /** The embed stage has handled as many events of the partition that has some. */
  const handle = async (count: number) => {
    const limits = { maxRecords: 1000, maxBytes: 1_000_000, maxWaitMs: 0 };
    const subscription = await log.subscribe({ topic: IMAGE_EVENTS_TOPIC, group: embedGroup(FINGERPRINT), limits });
    const [record] = await nextBatch(subscription);
    await subscription.commit(new Map([[record?.partition ?? 0, count]]));
    await subscription.close();
  };

  const isFine = () => expect(requireVectors(log, FINGERPRINT)).resolves.toBeUndefined();

  test('are not missed before any was handled', async () => {
    await publish(addedEvent('a', CAT));
    await isFine();
  });

  test('are there', async () => {
    await publish(addedEvent('a', CAT));
    await handle(1);
    await log.append(VECTORS, [GARBAGE]);
    await isFine();
  });

  test('are not missed where all events were set aside', async () => {
    await publish(GARBAGE, GARBAGE);
    await handle(2);
    await isFine();
  });

  test('are not missed where all events that were handled are overwritten by others that were not', async () => {
    await publish(addedEvent('a', CAT), addedEvent('a', CAT), updatedEvent('a', CAT), deletedEvent('a'));
    await handle(3);
    await isFine();
  });

  test('are not missed where a damaged log does not tell', async () => {
    await publish(addedEvent('a', CAT), updatedEvent('a', CAT));
    await handle(1);
    const original = log.read.bind(log);
    jest.spyOn(log, 'read').mockImplementation(async function* (options) {
      yield* original({ ...options, to: 1 });
      throw new LookalikeError('log-damaged', 'damaged');
    });
    await isFine();
  });

  test('are missed where what comes later cannot be read, and so overwrites nothing', async () => {
    await publish(addedEvent('a', CAT), GARBAGE);
    await handle(1);
    await expect(requireVectors(log, FINGERPRINT)).rejects.toMatchObject({ code: 'log-mismatch' });
  });

  test('that are gone are told, with what has to be done', async () => {
    const [event] = await publish(addedEvent('a', CAT));
    await handle(1);
    const facts = { topic: VECTORS, group: embedGroup(FINGERPRINT), partition: event?.partition, handled: 1 };
    await expect(requireVectors(log, FINGERPRINT)).rejects.toMatchObject({ code: 'log-mismatch', facts });
  });

  test('are not waited for where the events themselves are gone', async () => {
    await log.dropTopic(IMAGE_EVENTS_TOPIC, await log.topicId(IMAGE_EVENTS_TOPIC));
    await expect(ensureVectorsTopic(log, FINGERPRINT, 2)).rejects.toMatchObject({
      code: 'topic-unknown',
      message: expect.stringContaining(IMAGE_EVENTS_TOPIC),
    });
  });

  test('are missed once the last event of one image was handled, however many others are overwritten', async () => {
    // All of one partition.
    await publish(
      addedEvent('a', CAT),
      addedEvent('b', CAT),
      addedEvent('c', CAT),
      deletedEvent('a'),
      deletedEvent('c'),
    );
    await handle(1);
    await isFine();
    await handle(3);
    await expect(requireVectors(log, FINGERPRINT)).rejects.toMatchObject({
      code: 'log-mismatch',
      facts: { handled: 3 },
    });
  });
});
