import { readFileSync } from 'node:fs';
import { openFolderBlobs } from '#blobs-folder';
import type { Settings } from '#config';
import { type BlobStore, type EventLog, LookalikeError, type VectorIndex } from '#core';
import { DEFAULT_QDRANT_SETTINGS, openQdrantIndex } from '#index-qdrant';
import { type KafkaSettings, openKafkaLog } from '#log-kafka';
import { MAX_RECORD_BYTES } from './max-record-bytes.js';

/** The log of the applications that run apart. Nothing is asked of Kafka yet. @throws `invalid-setting`. */
export function openClusterLog({ kafka }: Pick<Settings, 'kafka'>): EventLog {
  return openKafkaLog({
    brokers: kafka.brokers,
    clientId: kafka.clientId,
    ...tlsOf(kafka),
    ...saslOf(kafka),
    connectTimeoutMs: kafka.connectTimeoutSeconds * 1000,
    requestTimeoutMs: kafka.requestTimeoutSeconds * 1000,
    retries: kafka.retries,
    sessionTimeoutMs: kafka.sessionTimeoutSeconds * 1000,
    heartbeatIntervalMs: kafka.heartbeatSeconds * 1000,
    rebalanceTimeoutMs: kafka.rebalanceTimeoutSeconds * 1000,
    replicationFactor: kafka.replicationFactor,
    maxRecordBytes: MAX_RECORD_BYTES,
    compression: kafka.compression,
  });
}

/** The index of the applications that run apart. Nothing is asked of Qdrant yet. @throws `invalid-setting`. */
export function openClusterIndex({ qdrant }: Pick<Settings, 'qdrant'>): VectorIndex {
  const { apiKey, requestTimeoutSeconds, ...rest } = qdrant;
  return openQdrantIndex({
    ...DEFAULT_QDRANT_SETTINGS,
    ...rest,
    ...(apiKey !== null && { apiKey }),
    requestTimeoutMs: requestTimeoutSeconds * 1000,
  });
}

/** The pictures, in a folder that the applications share. @throws `storage-unavailable`. */
export function openClusterBlobs({ storage }: Pick<Settings, 'storage'>): Promise<BlobStore> {
  return openFolderBlobs({ folder: storage.blobsFolder });
}

type Kafka = Settings['kafka'];

function tlsOf({ tls, caFile }: Kafka): Pick<KafkaSettings, 'tls'> {
  if (tls === 'off') return {};
  if (caFile === null) return { tls: true };
  try {
    return { tls: { ca: readFileSync(caFile) } };
  } catch (cause) {
    throw new LookalikeError(
      'invalid-setting',
      `LOOKALIKE_KAFKA_CA_FILE is ${JSON.stringify(caFile)}, but must be a file that can be read.`,
      { cause, facts: { setting: 'LOOKALIKE_KAFKA_CA_FILE', found: caFile } },
    );
  }
}

function saslOf({ sasl, username, password }: Kafka): Pick<KafkaSettings, 'sasl'> {
  if (sasl === 'none' || username === null || password === null) return {};
  return { sasl: { mechanism: sasl, username, password } as NonNullable<KafkaSettings['sasl']> };
}
