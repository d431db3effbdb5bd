import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { asSettingError, asStorageError, isRefusalOfAsker } from './s3-errors.js';
import { checkAccess, createClient, type S3Access } from './s3-settings.js';

/** As HTTP has it: a status, headers by their names in lowercase, and a body to be read or destroyed. */
export interface ObjectAnswer {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
}

/** How many are asked for at a time, how long that may take and what is asked again is for the caller to say. */
const UNLIMITED = {
  maxSockets: Number.POSITIVE_INFINITY,
  connectTimeoutMs: 0,
  requestTimeoutMs: 0,
  idleTimeoutMs: 0,
  retries: 0,
};

/** Objects that others have put into buckets of theirs, by bucket and key. */
export class S3Objects {
  readonly #client: S3Client;

  /** Nothing is asked yet. @throws `invalid-setting`. */
  constructor(private readonly access: S3Access) {
    checkAccess(access);
    this.#client = createClient({ ...access, ...UNLIMITED });
  }

  /** Whether it is known where to ask; nobody is asked. @throws `invalid-setting`. */
  async check(): Promise<void> {
    try {
      await this.#client.config.region();
    } catch (error) {
      throw asSettingError(asStorageError(error), this.access);
    }
  }

  /**
   * What S3 answers, whatever the status. Ended by the signal.
   * @throws `storage-unavailable` when not the object is refused but whoever asks: by credentials, clock or region. What
   * gets no answer throws as the client has it.
   */
  async get(bucket: string, key: string, signal: AbortSignal): Promise<ObjectAnswer> {
    const command = new GetObjectCommand({ Bucket: bucket, Key: key });
    try {
      const { Body, ContentLength, ContentType } = await this.#client.send(command, { abortSignal: signal });
      const body = Body as Readable;
      // Its failure is met by who reads it, and nobody may be reading.
      body.on('error', () => {});
      const headers = {
        ...(ContentLength !== undefined && { 'content-length': String(ContentLength) }),
        ...(ContentType !== undefined && { 'content-type': ContentType }),
      };
      return { statusCode: 200, headers, body };
    } catch (error) {
      if (isRefusalOfAsker(error) && (await this.#isRefused(bucket, signal))) throw asStorageError(error);
      return answerOf(error);
    }
  }

  async close(): Promise<void> {
    this.#client.destroy();
  }

  /**
   * Whether we are refused without any key as well. One that a server or a proxy spells otherwise makes the signature wrong:
   * that is this object's matter, and must not be waited for.
   */
  async #isRefused(bucket: string, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#client.send(new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 1 }), { abortSignal: signal });
      return false;
    } catch (error) {
      if (isRefusalOfAsker(error)) return true;
      // Who may not list has been recognised.
      if ([403, 404].includes(answerOf(error).statusCode)) return false;
      throw error;
    }
  }
}

/** @throws the error itself when it is not one that S3 answered. */
function answerOf(error: unknown): ObjectAnswer {
  const { $response } = error as { $response?: { statusCode: number; headers: IncomingHttpHeaders } };
  if ($response === undefined || $response.statusCode < 300) throw error;
  const { statusCode, headers } = $response;
  // The client has read the body.
  return { statusCode, headers, body: Readable.from([]) };
}
