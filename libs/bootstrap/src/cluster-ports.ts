import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { openFolderBlobs } from '#blobs-folder';
import type { Settings } from '#config';
import { type BlobStore, type EventLog, LookalikeError, type VectorIndex } from '#core';
import { DEFAULT_QDRANT_SETTINGS, openQdrantIndex } from '#index-qdrant';
import { type KafkaSettings, openKafkaLog } from '#log-kafka';
import { MAX_RECORD_BYTES } from './max-record-bytes.js';
import { s3Access } from './s3-access.js';
import { untilThere } from './until-there.js';

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
    appendTimeoutMs: kafka.appendTimeoutSeconds * 1000,
    maxQueuedBytes: kafka.maxQueuedBytes,
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

/** The pictures, where all applications find them. @throws `storage-unavailable`, `invalid-setting`. */
export async function openClusterBlobs(
  { storage, s3 }: Pick<Settings, 'storage' | 's3'>,
  logger: Logger,
): Promise<BlobStore> {
  if (storage.blobs === 'folder' || s3.bucket === null) return openFolderBlobs({ folder: storage.blobsFolder });
  // Loaded where it is used only: it takes 20 MB and a tenth of a second.
  const { DEFAULT_S3_SETTINGS, openS3Blobs } = await import('#blobs-s3');
  const { bucket, prefix, kmsKeyId, encryption, checksums } = s3;
  const store = openS3Blobs({
    ...DEFAULT_S3_SETTINGS,
    bucket,
    prefix,
    ...s3Access(s3),
    ...(encryption !== 'bucket' && { serverSideEncryption: encryption }),
    ...(kmsKeyId !== null && { kmsKeyId }),
    checksums: checksums === 'on',
    partBytes: s3.partBytes,
    maxSockets: s3.maxConnections,
    connectTimeoutMs: s3.connectTimeoutSeconds * 1000,
    requestTimeoutMs: s3.requestTimeoutSeconds * 1000,
    idleTimeoutMs: s3.idleTimeoutSeconds * 1000,
    retries: s3.retries,
  });
  await untilThere('S3', () => store.check(), logger);
  return store;
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
