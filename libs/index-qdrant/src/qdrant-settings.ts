import { QdrantClient } from '@qdrant/js-client-rest';
import { LookalikeError } from '#core';

/** How to reach the server, what its collections are made for, and every limit and wait of this adapter. */
export interface QdrantSettings {
  /** `http` or `https`; without a port, Qdrant's own 6333. */
  readonly url: string;
  readonly apiKey?: string;
  /** Of the names of collections and of the alias: one server may hold several indexes. 1 to 64 of a-z, 0-9 and `-`. */
  readonly prefix: string;
  /** A generation's size some years ahead, not today's: it decides how large a segment may grow. */
  readonly expectedImages: number;
  readonly shards: number;
  readonly replicationFactor: number;
  /** Replicas that must have a write before it counts. Fewer than there are: a read may meet one that lacks it. */
  readonly writeConsistencyFactor: number;
  /** Edges per node of a graph. */
  readonly hnswM: number;
  readonly hnswEfConstruct: number;
  /** For one request; the server's own work counts. */
  readonly requestTimeoutMs: number;
  /** How often a request is repeated before its caller hears of it. */
  readonly retries: number;
  /** Of one write, and about of one page that is read. At most 30 MiB: the server takes 32. */
  readonly batchBytes: number;
  /** How long `settle` waits. Building the graphs of a million images takes tens of minutes. */
  readonly settleLimitMs: number;
}

export const DEFAULT_QDRANT_SETTINGS = {
  prefix: 'lookalike',
  expectedImages: 1_000_000,
  shards: 1,
  replicationFactor: 1,
  writeConsistencyFactor: 1,
  hnswM: 16,
  hnswEfConstruct: 128,
  requestTimeoutMs: 15_000,
  retries: 3,
  batchBytes: 4 * 2 ** 20,
  settleLimitMs: 3_600_000,
} as const satisfies Partial<QdrantSettings>;

const MAX_BATCH_BYTES = 30 * 2 ** 20;

/** @throws `invalid-setting` naming the setting and its rule. */
export function checkSettings(settings: QdrantSettings): void {
  if (!/^[a-z0-9-]{1,64}$/.test(settings.prefix)) throw wrong('prefix', 'must be 1 to 64 of a-z, 0-9 and -');
  const wholes = ['expectedImages', 'shards', 'replicationFactor', 'writeConsistencyFactor'] as const;
  for (const name of wholes) {
    if (!Number.isSafeInteger(settings[name]) || settings[name] < 1) throw wrong(name, 'must be a whole number from 1');
  }
  if (settings.writeConsistencyFactor > settings.replicationFactor) {
    throw wrong('writeConsistencyFactor', 'must be at most the replicationFactor');
  }
  if (!(settings.batchBytes >= 1 && settings.batchBytes <= MAX_BATCH_BYTES)) {
    throw wrong('batchBytes', `must be from 1 to ${MAX_BATCH_BYTES}`);
  }
}

/** @throws `invalid-setting` for a url that is none. */
export function createClient({ url, apiKey, requestTimeoutMs }: QdrantSettings): QdrantClient {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) throw wrong('url', 'must be an http or https address');
  const path = parsed.pathname.replace(/\/+$/, '');
  return new QdrantClient({
    url: parsed.origin,
    // The client puts 6333 where it sees no port, and does not see one that is the scheme's own.
    port: /^https?:\/\/[^/]*:\d+(\/|$)/.test(url) ? null : 6333,
    ...(path !== '' && { prefix: path }),
    // Not `apiKey`: with that the client writes a warning of its own to the console.
    ...(apiKey !== undefined && { headers: { 'api-key': apiKey } }),
    timeout: requestTimeoutMs,
    // Its check, too, only writes to the console.
    checkCompatibility: false,
  });
}

function wrong(setting: string, rule: string): LookalikeError {
  return new LookalikeError('invalid-setting', `The Qdrant setting ${setting} ${rule}.`, { facts: { setting, rule } });
}
