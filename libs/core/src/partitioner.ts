import { brokenEvent } from './cloud-event.js';
import type { LogRecord } from './log-record.js';

/**
 * The one partitioner of every log adapter and every publisher: murmur2 of the key's UTF-8 bytes, as the Java Kafka
 * client does it, so a key has the same partition in SQLite, in Kafka and from a publisher in any language.
 * Source: org.apache.kafka.common.utils.Utils.murmur2 and BuiltInPartitioner.partitionForKey.
 */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(Buffer.from(key, 'utf8')) & 0x7fffffff) % partitions;
}

/**
 * Two publishers with different partitioners would put one image into two partitions, whose offsets cannot be compared.
 * @throws LookalikeError `invalid-event` when the record lies where its key does not belong.
 */
export function checkPartition({ key, partition }: Pick<LogRecord, 'key' | 'partition'>, partitions: number): void {
  const wanted = partitionOf(key ?? '', partitions);
  if (partition === wanted) return;
  throw brokenEvent(
    'partition',
    `must be ${wanted} of ${partitions}, where murmur2 of its key puts it, not ${partition}: publish with the ` +
      "partitioner of Kafka's Java client, which in librdkafka is partitioner=murmur2_random",
  );
}

/** 32-bit murmur2 with Kafka's seed; a signed integer. */
export function murmur2(bytes: Uint8Array): number {
  const m = 0x5bd1e995;
  const length = bytes.length;
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  const tail = length & ~3;
  let h = 0x9747b28c ^ length;
  for (let i = 0; i < tail; i += 4) {
    let k = Math.imul(view.getInt32(i, true), m);
    k ^= k >>> 24;
    h = Math.imul(h, m) ^ Math.imul(k, m);
  }
  if (length > tail) {
    for (let i = length - 1; i >= tail; i--) h ^= view.getUint8(i) << (8 * (i - tail));
    h = Math.imul(h, m);
  }
  h ^= h >>> 13;
  h = Math.imul(h, m);
  return h ^ (h >>> 15);
}
