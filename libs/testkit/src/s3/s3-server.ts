import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { endProcess } from '../end-process.js';
import { eventually } from '../eventually.js';
import { freePort } from '../free-port.js';
import { describeWith } from '../requirement.js';
import { motoPython } from './moto.js';

const START_LIMIT_MS = 60_000;

/** Where a bucket is, and with what to enter. */
export interface S3TestBucket {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/**
 * An S3 server for tests: the one that `S3_TEST_ENDPOINT` names, else moto's on the loopback address, which keeps its
 * data in memory. It does not check what a client may do, nor the hashes it is sent: those are asked of the requests.
 */
export class S3Server {
  readonly client: S3Client;

  private constructor(
    readonly where: S3TestBucket,
    private readonly own: { readonly process: ChildProcess; readonly folder: string } | null,
  ) {
    const { endpoint, region, credentials } = where;
    this.client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  }

  static async start(): Promise<S3Server> {
    const named = namedBucket();
    if (named !== null) return new S3Server(named, null);
    const python = await motoPython();
    const folder = await mkdtemp(join(tmpdir(), 'lookalike-s3-'));
    const port = await freePort();
    const log = createWriteStream(join(folder, 'server.log'));
    await once(log, 'open');
    const args = ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)];
    const child = spawn(python, args, { stdio: ['ignore', log, log] });
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test-secret' };
    const endpoint = `http://127.0.0.1:${port}`;
    const where = { endpoint, region: 'us-east-1', bucket: 'lookalike-tests', credentials };
    const server = new S3Server(where, { process: child, folder });
    try {
      await eventually(() => isReady(endpoint), START_LIMIT_MS);
      await server.client.send(new CreateBucketCommand({ Bucket: where.bucket }));
      return server;
    } catch (cause) {
      const said = await readFile(join(folder, 'server.log'), 'utf8');
      await server.remove();
      throw new Error(`The server did not start:\n${said}`, { cause });
    }
  }

  /** The settings by which an application reaches it, or a relay in front of it. */
  settings(endpoint: string = this.where.endpoint): Readonly<Record<string, string>> {
    const { region, credentials } = this.where;
    return {
      LOOKALIKE_S3_ENDPOINT: endpoint,
      LOOKALIKE_S3_REGION: region,
      LOOKALIKE_S3_ACCESS_KEY_ID: credentials.accessKeyId,
      LOOKALIKE_S3_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    };
  }

  /** As somebody else would, without a SHA-256. */
  async put(key: string, bytes: Uint8Array): Promise<void> {
    await this.client.send(new PutObjectCommand({ Bucket: this.where.bucket, Key: key, Body: bytes }));
  }

  /** Every object and every unfinished upload whose key begins so. At most 1,000 of each. */
  async entries(prefix: string): Promise<readonly string[]> {
    const objects = await this.client.send(new ListObjectsV2Command(this.#under(prefix)));
    const uploads = await this.#uploads(prefix);
    return [...(objects.Contents ?? []), ...uploads].map((it) => it.Key as string);
  }

  /** Puts other bytes under a key, as many, without a SHA-256. */
  async damage(key: string): Promise<void> {
    const at = { Bucket: this.where.bucket, Key: key };
    const { Body } = await this.client.send(new GetObjectCommand(at));
    const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    await this.client.send(new PutObjectCommand({ ...at, Body: bytes }));
  }

  /** For a server that others use too: what a test made goes. */
  async drop(prefix: string): Promise<void> {
    const Bucket = this.where.bucket;
    for (const { Key, UploadId } of await this.#uploads(prefix)) {
      await this.client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
    }
    for (const Key of await this.entries(prefix)) await this.client.send(new DeleteObjectCommand({ Bucket, Key }));
  }

  async remove(): Promise<void> {
    this.client.destroy();
    if (this.own === null) return;
    const { process: child, folder } = this.own;
    await endProcess(child, 'SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }

  async #uploads(prefix: string) {
    // Not every server knows the prefix here.
    const { Uploads = [] } = await this.client.send(new ListMultipartUploadsCommand(this.#under(prefix)));
    return Uploads.filter(({ Key }) => Key?.startsWith(prefix));
  }

  #under(prefix: string) {
    return { Bucket: this.where.bucket, Prefix: prefix };
  }
}

/** `describe` with one server for all of it. */
export function describeWithS3(name: string, body: (s3: () => S3Server) => void): void {
  describeWith('S3_TEST_ENDPOINT, or Python 3.11 with venv and pip', namedBucket() !== null || canRun())(name, () => {
    let server: S3Server;
    // The first start of all makes a Python environment.
    beforeAll(async () => {
      server = await S3Server.start();
    }, 300_000);
    body(() => server);
    // After the body's own, which may still need the server.
    afterAll(() => server?.remove());
  });
}

function namedBucket(): S3TestBucket | null {
  const { S3_TEST_ENDPOINT: endpoint = '', S3_TEST_REGION: region = 'us-east-1' } = process.env;
  if (endpoint === '') return null;
  const { S3_TEST_BUCKET: bucket, S3_TEST_ACCESS_KEY_ID: id, S3_TEST_SECRET_ACCESS_KEY: secret } = process.env;
  if (!bucket || !id || !secret) {
    throw new Error('S3_TEST_ENDPOINT needs S3_TEST_BUCKET, S3_TEST_ACCESS_KEY_ID and S3_TEST_SECRET_ACCESS_KEY.');
  }
  return { endpoint, region, bucket, credentials: { accessKeyId: id, secretAccessKey: secret } };
}

function canRun(): boolean {
  const script = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))';
  try {
    execFileSync('python3', ['-c', script], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function isReady(endpoint: string): Promise<void> {
  const { status } = await fetch(`${endpoint}/moto-api/`);
  if (status !== 200) throw new Error(`/moto-api/ answers ${status}`);
}
