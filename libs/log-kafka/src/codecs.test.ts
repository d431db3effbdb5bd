import { randomUUID } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { compressFrameSync } from 'lz4-napi';
import type { EventLog, LogRecord } from '#core';
import { DEFAULT_KAFKA_SETTINGS, openKafkaLog } from '#log-kafka';
import { describeWithOwnKafka, nextBatch } from '#testkit';
import { CODECS, unpack } from './compression-codecs.js';

jest.setTimeout(60_000);

/** Java's own producer; its batches hold many records, so that codecs work in several blocks. */
const PRODUCE = `
import java.util.Properties;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.serialization.*;

public class Main {
  public static void main(String[] args) throws Exception {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", args[0]);
    settings.put("compression.type", args[2]);
    settings.put("linger.ms", "50");
    settings.put("batch.size", "400000");
    try (var producer = new KafkaProducer<String, byte[]>(settings, new StringSerializer(), new ByteArraySerializer())) {
      for (int i = 0; i < Integer.parseInt(args[3]); i++) {
        byte[] value = new byte[1000];
        for (int j = 0; j < value.length; j++) value[j] = (byte) (i * 31 + j * (i % 7) + (j % 97 == 0 ? i * j : 0));
        producer.send(new ProducerRecord<>(args[1], 0, "key-" + i, value));
      }
    }
  }
}`;
const COUNT = 500;

const PRODUCE_MANY = `
import java.util.Properties;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.serialization.*;

public class Main {
  public static void main(String[] args) throws Exception {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", args[0]);
    settings.put("compression.type", "gzip");
    settings.put("linger.ms", "60000");
    settings.put("batch.size", "16000000");
    settings.put("max.request.size", "20000000");
    settings.put("buffer.memory", "50000000");
    try (var producer = new KafkaProducer<byte[], byte[]>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (int i = 0; i < 200_000; i++) producer.send(new ProducerRecord<>(args[1], 0, null, null));
    }
  }
}`;

describeWithOwnKafka('records that another publisher wrote', (kafka) => {
  let log: EventLog;
  beforeEach(() => {
    log = openKafkaLog({ ...DEFAULT_KAFKA_SETTINGS, brokers: kafka().brokers });
  });
  afterEach(() => log.close());

  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])('with the codec %s are read as they are', async (codec) => {
    const topic = `codec-${codec}-${randomUUID()}`;
    await log.ensureTopic(topic, { partitions: 1, retention: 'forever' });
    await kafka().runJava(PRODUCE, [String(kafka().brokers), topic, codec, String(COUNT)]);

    const range: LogRecord[] = [];
    for await (const it of log.read({ topic, partition: 0, from: 0 })) range.push(it);
    expect(range).toHaveLength(COUNT);
    for (const [i, it] of range.entries()) {
      expect({ key: it.key, offset: it.offset }).toEqual({ key: `key-${i}`, offset: i });
      expect(Buffer.compare(Buffer.from(it.value ?? []), valueAt(i))).toBe(0);
    }

    const limits = { maxRecords: 1_000, maxBytes: 10_000_000, maxWaitMs: 0 };
    const subscription = await log.subscribe({ topic, group: topic, limits });
    const taken: LogRecord[] = [];
    while (taken.length < COUNT) taken.push(...(await nextBatch(subscription)));
    expect(taken).toEqual(range);
    await subscription.close();
  });

  test('that cannot be unpacked are a damaged log, named by partition and offset, and what lies before is read', async () => {
    const topic = `codec-damaged-${randomUUID()}`;
    await log.ensureTopic(topic, { partitions: 1, retention: 'forever' });
    await kafka().runJava(PRODUCE, [String(kafka().brokers), topic, 'none', '3']);
    await kafka().runJava(PRODUCE, [String(kafka().brokers), topic, 'lz4', '2']);
    const broken = jest.replaceProperty(CODECS, 3, ['lz4', () => Promise.reject(new Error('broken'))]);
    try {
      const damaged = { code: 'log-damaged', facts: { topic, partition: 0, offset: 3, codec: 'lz4' } };
      const offsets: number[] = [];
      const reading = (async () => {
        for await (const it of log.read({ topic, partition: 0, from: 0 })) offsets.push(it.offset);
      })();
      await expect(reading).rejects.toMatchObject(damaged);
      expect(offsets).toEqual([0, 1, 2]);

      const limits = { maxRecords: 1_000, maxBytes: 10_000_000, maxWaitMs: 0 };
      const subscription = await log.subscribe({ topic, group: topic, limits });
      const untilDamaged = async () => {
        for (;;) expect((await subscription.next())?.map((it) => it.offset)).toEqual([0, 1, 2]);
      };
      await expect(untilDamaged()).rejects.toMatchObject(damaged);
      // It does not go away by asking again, and nothing is passed over.
      await expect(untilDamaged()).rejects.toMatchObject(damaged);
      broken.restore();
      const taken = new Set<number>();
      while (taken.size < 5) for (const it of await nextBatch(subscription)) taken.add(it.offset);
      expect([...taken]).toEqual([0, 1, 2, 3, 4]);
      await subscription.close();
    } finally {
      broken.restore();
    }
  });

  test('as 200,000 records without a byte in one batch are read, and so is what comes behind', async () => {
    const topic = `codec-many-${randomUUID()}`;
    await log.ensureTopic(topic, { partitions: 1, retention: 'forever' });
    await kafka().runJava(PRODUCE_MANY, [String(kafka().brokers), topic]);
    const [last] = await log.append(topic, [{ key: 'last', value: null, headers: {} }]);
    const all = Array.from({ length: 200_001 }, (_, i) => i);
    const range: number[] = [];
    for await (const it of log.read({ topic, partition: 0, from: 0 })) range.push(it.offset);
    expect(range).toEqual(all);

    const limits = { maxRecords: 10_000, maxBytes: 10_000_000, maxWaitMs: 0 };
    const subscription = await log.subscribe({ topic, group: topic, limits });
    const taken: number[] = [];
    while (taken.at(-1) !== last?.offset) for (const it of await nextBatch(subscription)) taken.push(it.offset);
    expect(taken).toEqual(all);
    await subscription.close();
  });
});

describe('a codec', () => {
  test.each([
    ['gzip', 1],
    ['snappy', 2],
    ['lz4', 3],
    ['zstd', 4],
    ['that nobody knows', 5],
    ['that nobody knows', 6],
    ['that nobody knows', 7],
  ])('%s refuses bytes that are not its own', async (_, codec) => {
    await expect(unpack(codec, Buffer.from('no such bytes, whatever the codec'))).rejects.toThrow();
  });

  test.each([
    ['gzip', 1, gzipBomb()],
    ['snappy', 2, Buffer.concat([varint(2 ** 31 - 1), Buffer.alloc(100)])],
    ['lz4', 3, compressFrameSync(Buffer.alloc(192 * 2 ** 20))],
    ['zstd', 4, zstdBomb()],
  ])('%s stops at what unpacks to more than a batch may be', async (_, codec, packed) => {
    await expect(unpack(codec, packed)).rejects.toThrow();
  });
});

function valueAt(i: number): Buffer {
  return Buffer.from(Array.from({ length: 1000 }, (_, j) => (i * 31 + j * (i % 7) + (j % 97 === 0 ? i * j : 0)) & 255));
}

/** 192 MiB of zeros in 190 kB. */
function gzipBomb(): Buffer {
  const head = Buffer.from([31, 139, 8, 0, 0, 0, 0, 0, 0, 3]);
  return Buffer.concat([head, deflateRawSync(Buffer.alloc(192 * 2 ** 20)), Buffer.alloc(8)]);
}

/** Runs of 128 KiB in 4 bytes each, without an end. */
function zstdBomb(): Buffer {
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]);
  const run = Buffer.from([0x02, 0x00, 0x10, 0x41]);
  return Buffer.concat([head, ...Array.from({ length: 2_000 }, () => run)]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left % 128) | 128);
  }
}
