import type { ConnectionOptions } from 'node:tls';
import { Kafka, logLevel, type SASLOptions } from 'kafkajs';
import { withWholeFetches } from './fetch-answers.js';
import { withReasons } from './kafkajs-internals.js';
import { withStableOffsets } from './stable-offsets.js';

/** How to reach the brokers, and every limit and wait of this adapter. Times in milliseconds. */
export interface KafkaSettings {
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** `true` for TLS with the system's authorities. */
  readonly tls?: boolean | ConnectionOptions;
  readonly sasl?: SASLOptions;
  readonly connectTimeoutMs: number;
  /** For one request; the broker's own work counts. */
  readonly requestTimeoutMs: number;
  /** How often a request is repeated before its caller hears of it; at least 1. */
  readonly retries: number;
  /** The longest that one append takes, waiting included, until it is answered. */
  readonly appendTimeoutMs: number;
  /** What all appends that are not answered yet may hold, in bytes of records; an append alone may be larger. */
  readonly maxQueuedBytes: number;
  /** A member that the coordinator has not heard from for so long has lost its partitions. */
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  /** How long the members of a group have to let go of their partitions before they are moved without them. */
  readonly rebalanceTimeoutMs: number;
  /** Copies of each partition: of topics that are made, and the least of those that are there. */
  readonly replicationFactor: number;
  /** Key, value and headers together. */
  readonly maxRecordBytes: number;
  readonly compression: 'none' | 'gzip';
}

export const DEFAULT_KAFKA_SETTINGS = {
  clientId: 'lookalike',
  connectTimeoutMs: 3_000,
  requestTimeoutMs: 10_000,
  retries: 3,
  appendTimeoutMs: 15_000,
  maxQueuedBytes: 32 * 2 ** 20,
  sessionTimeoutMs: 30_000,
  heartbeatIntervalMs: 3_000,
  rebalanceTimeoutMs: 60_000,
  replicationFactor: 1,
  maxRecordBytes: 1_048_576,
  compression: 'none',
} as const satisfies Partial<KafkaSettings>;

/** What a record batch needs beside its records, in the largest message that a topic takes. */
const BATCH_OVERHEAD_BYTES = 65_536;

/** The least `max.message.bytes` of a topic that can take a record of the allowed size. */
export function maxMessageBytes({ maxRecordBytes }: KafkaSettings): number {
  return maxRecordBytes + BATCH_OVERHEAD_BYTES;
}

/**
 * The copies that have a record before it counts as written. With three or more, the broker that took it may be lost
 * at once and the record is still there; of two, both would have to be up for anything to be written.
 */
export function minInsyncReplicas({ replicationFactor }: KafkaSettings): number {
  return replicationFactor >= 3 ? 2 : 1;
}

export function createClient(settings: KafkaSettings): Kafka {
  const { brokers, clientId, tls, sasl, connectTimeoutMs, requestTimeoutMs, retries } = settings;
  const kafka = new Kafka({
    brokers: [...brokers],
    clientId,
    ...(tls !== undefined && { ssl: tls }),
    ...(sasl !== undefined && { sasl }),
    connectionTimeout: connectTimeoutMs,
    requestTimeout: requestTimeoutMs,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries },
    // What goes wrong comes back as an error, and whoever called logs it, once.
    logLevel: logLevel.NOTHING,
  });
  return withWholeFetches(withStableOffsets(withReasons(kafka)));
}
