import type { Kafka } from 'kafkajs';
import Decoder from 'kafkajs/src/protocol/decoder';
import { LookalikeError } from '#core';
import { damaged } from './kafka-errors.js';
import { type FetchedPartition, type FetchRequest, type ProtocolRequest, withRequests } from './kafkajs-internals.js';
import { readRecordBatches, UnreadableBatch } from './record-batches.js';

/** Fetch, in the last version that kafkajs writes (Kafka 2.3). */
const API_KEY = 1;
const API_VERSION = 11;

/**
 * Reads what brokers answer to a fetch. kafkajs' own way drops a record batch that compaction has emptied, so that
 * nobody can tell it from the end of the log, and fails at one of many small records.
 */
export function withWholeFetches(kafka: Kafka): Kafka {
  return withRequests(kafka, API_KEY, (broker, known) => {
    const write = broker.lookupRequest(API_KEY, known) as (request: FetchRequest) => ProtocolRequest;
    return (asked: FetchRequest) => {
      const { request, response, ...rest } = write(asked);
      if (request.apiVersion !== API_VERSION) throw tooOld(request.apiVersion);
      return { request, response: { ...response, decode: (bytes: Buffer) => decode(bytes, asked) }, ...rest };
    };
  });
}

async function decode(bytes: Buffer, asked: FetchRequest) {
  const decoder = new Decoder(bytes);
  const clientSideThrottleTime = decoder.readInt32();
  const errorCode = decoder.readInt16();
  const sessionId = decoder.readInt32();
  const responses = await decoder.readArrayAsync(async () => {
    const topicName = decoder.readString();
    return { topicName, partitions: await decoder.readArrayAsync(() => readPartition(decoder, topicName, asked)) };
  });
  return { throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses };
}

async function readPartition(decoder: Decoder, topic: string, asked: FetchRequest): Promise<FetchedPartition> {
  const head = {
    partition: decoder.readInt32(),
    errorCode: decoder.readInt16(),
    highWatermark: String(decoder.readInt64()),
    lastStableOffset: String(decoder.readInt64()),
    lastStartOffset: String(decoder.readInt64()),
    abortedTransactions: decoder.readArray(() => ({
      producerId: String(decoder.readInt64()),
      firstOffset: String(decoder.readInt64()),
    })),
    preferredReadReplica: decoder.readInt32(),
  };
  const bytes = decoder.readBytes() ?? Buffer.alloc(0);
  try {
    const messages = await readRecordBatches(bytes, offsetAsked(asked, topic, head.partition));
    return { ...head, messages, isCut: bytes.length > 0 && messages.length === 0 };
  } catch (error) {
    throw error instanceof UnreadableBatch ? damaged(topic, head.partition, error) : error;
  }
}

export function offsetAsked(request: FetchRequest, topic: string, partition: number): number {
  const partitions = request.topics.filter((it) => it.topic === topic).flatMap((it) => it.partitions);
  return Number(partitions.find((it) => it.partition === partition)?.fetchOffset);
}

function tooOld(fetchVersion: number): LookalikeError {
  const message = 'The broker is older than Kafka 2.3 and cannot be read from: use a newer one.';
  return new LookalikeError('invalid-setting', message, { facts: { fetchVersion } });
}
