import { crc32 } from 'node:zlib';
import { Kafka, logLevel, type Message, Partitioners } from 'kafkajs';
import {
  DEAD_LETTERS_TOPIC,
  type DeadLetter,
  decodeDeadLetter,
  decodeVectorRecord,
  type EventLog,
  IMAGE_EVENTS_TOPIC,
  imageVectorsTopic,
  partitionOf,
} from '#core';
import { DEFAULT_KAFKA_SETTINGS, openKafkaLog } from '#log-kafka';
import { BatchConsumer, createEmbedStage, PictureEmbedder } from '#pipeline';
import {
  addedEvent,
  describeWithOwnKafka,
  eventually,
  MemoryBlobStore,
  noLinks,
  PixelEncoder,
  plainPicture,
  preparePlainPicture,
  stateOf,
  updatedEvent,
} from '#testkit';
import { allOf, makeTopic } from './patient-log.js';

jest.setTimeout(120_000);

const PARTITIONS = 4;
const CAT = plainPicture('cat');
const IDS = Array.from({ length: 40 }, (_, i) => `image-${i}`);

/** What librdkafka computes unless it is told otherwise. */
const crc32Partition = (key: string) => crc32(key) % PARTITIONS;
const isAlike = (id: string) => crc32Partition(id) === partitionOf(id, PARTITIONS);

describeWithOwnKafka('records of other publishers in the log', (kafka) => {
  const encoder = new PixelEncoder();
  const vectorsTopic = imageVectorsTopic(encoder.info.fingerprint);
  let log: EventLog;
  let consumer: BatchConsumer;

  beforeAll(async () => {
    log = openKafkaLog({ ...DEFAULT_KAFKA_SETTINGS, brokers: kafka().brokers });
    await makeTopic(log, IMAGE_EVENTS_TOPIC, { partitions: PARTITIONS, retention: 'forever' });
    await makeTopic(log, DEAD_LETTERS_TOPIC, { partitions: PARTITIONS, retention: 'forever' });
    await makeTopic(log, vectorsTopic, { partitions: PARTITIONS, retention: 'compact' });
    const blobs = new MemoryBlobStore();
    await blobs.put(CAT, { maxBytes: 1000 });
    const limits = { cacheBytes: 1_000_000, maxPictureBytes: 1000, maxEncodedBytes: 1_000_000 };
    const embedder = new PictureEmbedder({
      blobs,
      fetchLink: noLinks,
      preparePicture: preparePlainPicture,
      encoder,
      ...limits,
    });
    consumer = new BatchConsumer({
      log,
      topic: IMAGE_EVENTS_TOPIC,
      group: 'embed',
      limits: { maxRecords: 16, maxBytes: 4_000_000, maxWaitMs: 0 },
      batchesAhead: 2,
      handler: createEmbedStage(log, embedder),
    });
    await publish(foreignRecords());
    await eventually(() => consumer.start(), 60_000);
  });
  afterAll(async () => {
    await consumer?.stop(10_000);
    await log?.close();
  });

  async function publish(messages: Message[]): Promise<void> {
    const client = new Kafka({ brokers: [...kafka().brokers], logLevel: logLevel.NOTHING, retry: { retries: 20 } });
    const producer = client.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    // One by one: a large one alone fills what a request may have.
    for (const message of messages) await producer.send({ topic: IMAGE_EVENTS_TOPIC, messages: [message] });
    await producer.disconnect();
  }

  const lettersOf = async (key: string): Promise<DeadLetter[]> =>
    (await allOf(log, DEAD_LETTERS_TOPIC)).map(decodeDeadLetter).filter((it) => it.original.key === key);

  test('hold up no partition: what is valid and lies behind them is embedded', async () => {
    await eventually(async () => {
      const ready = (await allOf(log, vectorsTopic)).map(decodeVectorRecord);
      expect(new Set(ready.map((it) => it.imageId))).toEqual(new Set(['structured', ...IDS]));
    }, 60_000);
  });

  test('of another partitioner are set aside where it differs, and say which one is needed', async () => {
    const misplaced = IDS.filter((id) => !isAlike(id));
    expect(misplaced.length).toBeGreaterThan(10);
    for (const id of misplaced) {
      expect(await lettersOf(id)).toMatchObject([
        {
          reason: { code: 'invalid-event', message: expect.stringContaining('partitioner=murmur2_random') },
          original: { partition: crc32Partition(id) },
        },
      ]);
    }
    const records = (await allOf(log, vectorsTopic)).map(decodeVectorRecord);
    expect(records.filter((it) => it.imageId === misplaced[0])).toHaveLength(1);
  });

  test.each([
    ['no-key', /^key must be the imageId/],
    ['tombstone', /^event must not be a bare tombstone/],
    ['batch', /^content-type must be of one event/],
    ['json-key', /^subject must equal the record key/],
    ['junk', /^data must be JSON/],
    ['not-utf8', /^key must be the imageId, in UTF-8/],
    ['many-headers', /^subject must equal the record key/],
  ])('%s is a dead letter with its reason', async (name, message) => {
    const letters = (await allOf(log, DEAD_LETTERS_TOPIC)).map(decodeDeadLetter);
    const found = letters.filter((it) => it.original.headers.test === name || it.original.key === name);
    expect(found).toMatchObject([{ reason: { code: 'invalid-event', message: expect.stringMatching(message) } }]);
  });

  test('as large as the log takes are set aside by their position', async () => {
    expect(await lettersOf('large')).toMatchObject([
      { isCut: true, original: { topic: IMAGE_EVENTS_TOPIC, value: null } },
    ]);
    const [letter] = await lettersOf('k'.repeat(5_000));
    expect(letter?.reason.code).toBe('invalid-event');
  });
});

function manyHeaders(): Record<string, string> {
  return Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`h${i}`, 'v']));
}

/** Each kind, then what is valid, so that all of it lies behind. */
function foreignRecords(): Message[] {
  const { value, headers } = asMessage('any');
  const named = (test: string) => ({ ...headers, test });
  const structured = {
    ...{ specversion: '1.0', id: 'e', source: '/tests', type: headers.ce_type, subject: 'structured' },
    data: JSON.parse(String(value)) as unknown,
  };
  return [
    { key: null, value, headers: named('no-key'), partition: 0 },
    { key: 'tombstone', value: null },
    { key: 'batch', value: '[]', headers: { 'content-type': 'application/cloudevents-batch+json' } },
    { key: '"any"', value, headers: named('json-key') },
    { ...asMessage('junk'), value: '{"uri": ' },
    { ...asMessage('a'), key: Buffer.from([0xff, 0xfe]), headers: named('not-utf8') },
    { key: 'of many headers', value, headers: { ...manyHeaders(), ...named('many-headers') } },
    { key: 'large', value: Buffer.alloc(1_080_000, '{') },
    { key: 'k'.repeat(5_000), value: '{}' },
    ...IDS.filter((id) => !isAlike(id)).map((id) => ({
      ...asMessage(id, updatedEvent),
      partition: crc32Partition(id),
    })),
    {
      key: 'structured',
      value: JSON.stringify(structured),
      headers: { 'content-type': 'application/cloudevents+json' },
    },
    ...IDS.map((id) => asMessage(id)),
  ];
}

function asMessage(id: string, event = addedEvent) {
  const { key, value, headers } = event(id, stateOf(CAT));
  return { key, value: Buffer.from(value ?? []), headers: { ...headers } };
}
