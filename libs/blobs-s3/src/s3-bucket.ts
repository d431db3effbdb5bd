import { setMaxListeners } from 'node:events';
import type { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { LookalikeError } from '#core';
import { asStorageError, isMissing, isNotFound, OddAnswerError } from './s3-errors.js';
import { dateOfAnswer, signedBefore } from './s3-middleware.js';
import { createClient, type S3Settings } from './s3-settings.js';

export interface StoredObject {
  readonly sizeBytes: number;
  /** In hex, when the server keeps one of the whole object and was asked for it. */
  readonly sha256: string | undefined;
  /** When it was last put or copied to, by the server's clock, in milliseconds since 1970; whole seconds. */
  readonly modifiedAtMs: number;
}

export interface CopiedObject {
  /** As `StoredObject` has it. */
  readonly sha256: string | undefined;
  readonly modifiedAtMs: number;
}

/** Some of the objects of a listing. */
export interface ObjectPage {
  /** When the server sent it, by its clock. */
  readonly atMs: number;
  readonly objects: readonly (Pick<StoredObject, 'sizeBytes' | 'modifiedAtMs'> & { readonly key: string })[];
}

/** The bytes of an object from a position on. */
export interface ObjectBody {
  readonly stream: Readable;
  /** Of the whole object. */
  readonly sizeBytes: number;
}

export interface UploadedPart {
  readonly PartNumber: number;
  readonly ETag: string;
  readonly ChecksumSHA256?: string;
}

interface Sending {
  readonly abortSignal: AbortSignal;
}

/**
 * The requests that this adapter makes, each of which may be sent twice. Never with an ACL: what is stored is as private
 * as its bucket. Every method throws `storage-unavailable`.
 */
export class S3Bucket {
  readonly #client: S3Client;
  readonly #closing = new AbortController();
  readonly #bucket: string;
  readonly #encryption: ReturnType<typeof encryptionOf>;
  /** Of what it takes, told by `head`. */
  readonly keepsSha256: boolean;

  constructor(settings: S3Settings) {
    this.#client = createClient(settings);
    this.#bucket = settings.bucket;
    this.#encryption = encryptionOf(settings);
    this.keepsSha256 = settings.checksums;
    // One for each request under way.
    setMaxListeners(0, this.#closing.signal);
  }

  /** `null` when there is none, or when it is not S3 that answers. */
  async head(key: string, { withSha256 = false } = {}): Promise<StoredObject | null> {
    const withChecksum = withSha256 && this.keepsSha256;
    const command = new HeadObjectCommand({ ...this.#at(key), ...(withChecksum && { ChecksumMode: 'ENABLED' }) });
    try {
      const found = await this.#send((client, sending) => client.send(command, sending));
      return {
        sizeBytes: sizeOf(found.ContentLength),
        sha256: hexOf(found.ChecksumSHA256),
        modifiedAtMs: timeOf(found.LastModified),
      };
    } catch (error) {
      if (isNotFound(error)) return null;
      throw asStorageError(error);
    }
  }

  /** `null` when there is none. The stream is the caller's to destroy. @param position in bytes. */
  async get(key: string, position = 0): Promise<ObjectBody | null> {
    const range = position > 0 && { Range: `bytes=${position}-` };
    try {
      const command = new GetObjectCommand({ ...this.#at(key), ...range });
      const { Body, ContentLength, ContentRange } = await this.#send((client, it) => client.send(command, it));
      const stream = Body as Readable;
      // Its failure is met by who reads it, and nobody may be reading.
      stream.on('error', () => {});
      const sizeBytes = position + (ContentLength ?? Number.NaN);
      const expected = range && `bytes ${position}-${sizeBytes - 1}/${sizeBytes}`;
      if (Number.isSafeInteger(sizeBytes) && (!range || ContentRange === expected)) return { stream, sizeBytes };
      stream.destroy();
      throw new OddAnswerError(`Asked from ${position}, S3 sends ${ContentRange} of ${ContentLength} bytes.`);
    } catch (error) {
      if (isMissing(error)) return null;
      throw asStorageError(error);
    }
  }

  /** @param sha256 of the bytes, in hex. */
  async put(key: string, bytes: Buffer, sha256: string): Promise<void> {
    const checksum = this.keepsSha256 && ({ ChecksumAlgorithm: 'SHA256', ChecksumSHA256: base64Of(sha256) } as const);
    const command = new PutObjectCommand({ ...this.#at(key), ...this.#encryption, ...checksum, Body: bytes });
    await this.#send((client, sending) => client.send(command, sending));
  }

  /**
   * Deleting what is not there is no error.
   * @param untilMs no request is sent that is signed with a later time, in milliseconds since 1970 by the server's clock:
   * the server refuses it 15 minutes after that, whatever held it up.
   */
  async delete(key: string, untilMs?: number): Promise<void> {
    const command = new DeleteObjectCommand(this.#at(key));
    if (untilMs !== undefined) signedBefore(command.middlewareStack, untilMs);
    await this.#send((client, sending) => client.send(command, sending));
  }

  /** On the server. To itself too, which gives it a new time. */
  async copy(from: string, to: string): Promise<CopiedObject> {
    // Neither a bucket's name nor a key has a character that would have to be encoded.
    const source = { CopySource: `${this.#bucket}/${from}`, ...this.#encryption, ...this.#sha256() };
    // Otherwise a copy to itself is refused. There is no metadata that could be lost.
    const command = new CopyObjectCommand({ ...this.#at(to), ...source, MetadataDirective: 'REPLACE' });
    const { CopyObjectResult } = await this.#send((client, sending) => client.send(command, sending));
    return { sha256: hexOf(CopyObjectResult?.ChecksumSHA256), modifiedAtMs: timeOf(CopyObjectResult?.LastModified) };
  }

  /** `null` when there is nothing to copy. */
  async copyIfThere(from: string, to: string): Promise<CopiedObject | null> {
    try {
      return await this.copy(from, to);
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  /** Returns the upload's id. */
  async beginUpload(key: string): Promise<string> {
    const command = new CreateMultipartUploadCommand({ ...this.#at(key), ...this.#encryption, ...this.#sha256() });
    const { UploadId } = await this.#send((client, sending) => client.send(command, sending));
    return UploadId ?? odd('S3 began an upload without an id.');
  }

  /** @param number from 1 to 10,000. */
  async uploadPart(key: string, uploadId: string, number: number, bytes: Buffer): Promise<UploadedPart> {
    const part = { UploadId: uploadId, PartNumber: number, Body: bytes, ...this.#sha256() };
    const command = new UploadPartCommand({ ...this.#at(key), ...part });
    const { ETag, ChecksumSHA256 } = await this.#send((client, sending) => client.send(command, sending));
    if (ETag === undefined) return odd('S3 took a part without an ETag.');
    return { PartNumber: number, ETag, ...(ChecksumSHA256 !== undefined && { ChecksumSHA256 }) };
  }

  async completeUpload(key: string, uploadId: string, parts: readonly UploadedPart[]): Promise<void> {
    const upload = { UploadId: uploadId, MultipartUpload: { Parts: [...parts] } };
    const command = new CompleteMultipartUploadCommand({ ...this.#at(key), ...upload });
    await this.#send((client, sending) => client.send(command, sending));
  }

  async abortUpload(key: string, uploadId: string): Promise<void> {
    const command = new AbortMultipartUploadCommand({ ...this.#at(key), UploadId: uploadId });
    await this.#send((client, sending) => client.send(command, sending));
  }

  /** Asks for one key: unlike asking for the bucket's head, a refusal says why. */
  async list(prefix: string): Promise<void> {
    const command = new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: prefix, MaxKeys: 1 });
    await this.#send((client, sending) => client.send(command, sending));
  }

  /** Every object whose key begins so; at least one page. */
  async *pages(prefix: string): AsyncGenerator<ObjectPage> {
    let token: string | undefined;
    do {
      const from = token === undefined ? {} : { ContinuationToken: token };
      const command = new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: prefix, ...from });
      const date = dateOfAnswer(command.middlewareStack);
      const { Contents = [], NextContinuationToken } = await this.#send((client, it) => client.send(command, it));
      token = NextContinuationToken;
      const objects = Contents.map(({ Key = '', Size, LastModified }) => {
        return { key: Key, sizeBytes: sizeOf(Size), modifiedAtMs: timeOf(LastModified) };
      });
      yield { atMs: timeOf(date()), objects };
    } while (token !== undefined);
  }

  /** Ends what is under way. */
  close(): void {
    this.#closing.abort();
    this.#client.destroy();
  }

  /** @throws `storage-unavailable` when it is closed. */
  assertOpen(): void {
    if (this.#closing.signal.aborted) throw new LookalikeError('storage-unavailable', 'The blob store is closed.');
  }

  async #send<T>(request: (client: S3Client, sending: Sending) => Promise<T>): Promise<T> {
    this.assertOpen();
    try {
      return await request(this.#client, { abortSignal: this.#closing.signal });
    } catch (error) {
      this.assertOpen();
      throw asStorageError(error);
    }
  }

  #at(key: string) {
    return { Bucket: this.#bucket, Key: key };
  }

  #sha256() {
    return this.keepsSha256 ? ({ ChecksumAlgorithm: 'SHA256' } as const) : {};
  }
}

function encryptionOf({ serverSideEncryption, kmsKeyId }: S3Settings) {
  return {
    ...(serverSideEncryption !== undefined && { ServerSideEncryption: serverSideEncryption }),
    ...(kmsKeyId !== undefined && { SSEKMSKeyId: kmsKeyId }),
  };
}

/** Of an upload in parts the server has the hash of hashes, `…-3`, which says nothing here. */
function hexOf(base64: string | undefined): string | undefined {
  return base64 === undefined || base64.includes('-') ? undefined : Buffer.from(base64, 'base64').toString('hex');
}

function base64Of(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}

function sizeOf(contentLength: number | undefined): number {
  return contentLength ?? odd('S3 answered without a size.');
}

function timeOf(date: Date | undefined): number {
  const timeMs = date?.getTime() ?? Number.NaN;
  return Number.isNaN(timeMs) ? odd('S3 answered without a time.') : timeMs;
}

function odd(message: string): never {
  throw asStorageError(new OddAnswerError(message));
}
