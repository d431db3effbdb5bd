import { S3Client, type ServerSideEncryption } from '@aws-sdk/client-s3';
import { LookalikeError } from '#core';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string;
}

/** Where S3 is, and who asks it. */
export interface S3Access {
  /** `http` or `https`, of a server other than Amazon's. Without it the SDK finds the region's own. */
  readonly endpoint?: string;
  /** Without it what the SDK finds in its environment and profile; with an `endpoint`, `us-east-1`. */
  readonly region?: string;
  /** Without them the SDK's default chain: environment, profile, container, machine. With them nothing else is asked. */
  readonly credentials?: S3Credentials;
  /** The bucket in the path of an address and not in its host name. Without it: when there is an `endpoint`. */
  readonly pathStyle?: boolean;
}

/** How to reach the bucket, what is asked of it, and every limit and wait of this adapter. Times in milliseconds. */
export interface S3Settings extends S3Access {
  readonly bucket: string;
  /** Of every key: one bucket may hold several stores. 1 to 200 of A-Z, a-z, 0-9, `_`, `-` and `.`, in parts between `/`. */
  readonly prefix: string;
  /** How the server encrypts what it keeps. Without it: as the bucket says. */
  readonly serverSideEncryption?: Extract<ServerSideEncryption, 'AES256' | 'aws:kms' | 'aws:kms:dsse'>;
  /** Only with a kind of `aws:kms`; without it the account's own key. */
  readonly kmsKeyId?: string;
  /**
   * The server checks the SHA-256 of what it takes and keeps it, which tells what it has intact already. `false` is for
   * servers that do not know it: there a blob that is put again is sent again.
   */
  readonly checksums: boolean;
  /**
   * What one put holds in memory, and the size of the parts in which a larger blob is sent. From 5 MiB, the least that
   * S3 takes, to 1 GiB.
   */
  readonly partBytes: number;
  /** Connections at a time. A stream that is open and being read has one. */
  readonly maxSockets: number;
  /** To wait for one of the sockets, and for it to be connected. */
  readonly connectTimeoutMs: number;
  /** From sending a request to the beginning of its answer: a whole part goes up within it. */
  readonly requestTimeoutMs: number;
  /** A connection on which nothing moves for so long is given up; a stream that nobody reads goes on with another one. */
  readonly idleTimeoutMs: number;
  /** How often a request is repeated before its caller hears of it, and a stream resumed without getting further. */
  readonly retries: number;
}

export const DEFAULT_S3_SETTINGS = {
  prefix: 'lookalike',
  checksums: true,
  partBytes: 8 * 2 ** 20,
  maxSockets: 32,
  connectTimeoutMs: 5_000,
  requestTimeoutMs: 30_000,
  idleTimeoutMs: 10_000,
  retries: 3,
} as const satisfies Partial<S3Settings>;

const PREFIX = /^(?=.{1,200}$)[\w-][\w.-]*(\/[\w-][\w.-]*)*$/;
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const RANGES = {
  partBytes: [5 * 2 ** 20, 2 ** 30],
  maxSockets: [1, 1_000],
  connectTimeoutMs: [1, 600_000],
  requestTimeoutMs: [1, 600_000],
  idleTimeoutMs: [1, 600_000],
  retries: [0, 20],
} as const;

/** @throws `invalid-setting` naming the setting and its rule. */
export function checkSettings(settings: S3Settings): void {
  const { bucket, prefix, serverSideEncryption, kmsKeyId } = settings;
  if (!BUCKET.test(bucket)) throw wrong('bucket', 'must be 3 to 63 of a-z, 0-9, . and -');
  if (!PREFIX.test(prefix)) throw wrong('prefix', 'must be 1 to 200 of A-Z, a-z, 0-9, ., _ and -, in parts between /');
  checkAccess(settings);
  if (kmsKeyId !== undefined && !serverSideEncryption?.startsWith('aws:kms')) {
    throw wrong('kmsKeyId', 'is only for a serverSideEncryption of aws:kms or aws:kms:dsse');
  }
  for (const [name, [least, most]] of Object.entries(RANGES)) {
    const value = settings[name as keyof typeof RANGES];
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      throw wrong(name, `must be a whole number from ${least} to ${most}`);
    }
  }
}

/** @throws `invalid-setting` naming the setting and its rule. */
export function checkAccess({ endpoint, credentials }: S3Access): void {
  if (endpoint !== undefined && !(URL.canParse(endpoint) && /^https?:$/.test(new URL(endpoint).protocol))) {
    throw wrong('endpoint', 'must be an http or https address');
  }
  if (credentials?.accessKeyId === '' || credentials?.secretAccessKey === '') {
    throw wrong('credentials', 'must have an accessKeyId and a secretAccessKey');
  }
}

/** What one client may take; 0 is no limit of a time. */
type ClientLimits = Pick<
  S3Settings,
  'maxSockets' | 'connectTimeoutMs' | 'requestTimeoutMs' | 'idleTimeoutMs' | 'retries'
>;

export function createClient(settings: S3Access & ClientLimits): S3Client {
  const { endpoint, region, credentials, pathStyle, maxSockets, retries } = settings;
  return new S3Client({
    ...(endpoint !== undefined && { endpoint, region: 'us-east-1' }),
    ...(region !== undefined && { region }),
    ...(credentials !== undefined && { credentials }),
    forcePathStyle: pathStyle ?? endpoint !== undefined,
    retryMode: 'standard',
    maxAttempts: retries + 1,
    // Not 'auto', which an environment variable could choose: it asks the machine's metadata service for the region.
    defaultsMode: 'standard',
    // What is sent has its SHA-256 and what is read is hashed here; another sum would be one more, or none the server knows.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // With it the client takes a new connection for each larger body, outside of its sockets.
    expectContinueHeader: false,
    requestHandler: {
      httpAgent: { keepAlive: true, maxSockets },
      httpsAgent: { keepAlive: true, maxSockets },
      connectionTimeout: settings.connectTimeoutMs,
      requestTimeout: settings.requestTimeoutMs,
      // Otherwise it only writes to the console.
      throwOnRequestTimeout: true,
      socketTimeout: settings.idleTimeoutMs,
      logger: SILENT,
    },
  });
}

/** What goes wrong comes back as an error, and whoever called logs it, once. */
const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

export function wrong(setting: string, rule: string, cause?: unknown): LookalikeError {
  return new LookalikeError('invalid-setting', `The S3 setting ${setting} ${rule}.`, {
    cause,
    facts: { setting, rule },
  });
}
