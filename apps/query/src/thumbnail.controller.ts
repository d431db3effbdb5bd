import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import {
  type BlobStore,
  type ErrorCode,
  type ImageId,
  isLookalikeError,
  LookalikeError,
  parseImageId,
  type StoredRecord,
  type VectorIndex,
} from '#core';
import { Answers, BLOB_STORE, IMAGE_STATUSES, NeedsScope, Refuses, VECTOR_INDEX } from '#nest';
import { LostThumbnails, MAX_THUMBNAIL_BYTES } from './lost-thumbnails.js';
import type { StatusSource } from './status-wait.js';

/** Of one version the thumbnail never changes; without a version the next update changes it. */
const ONE_VERSION = 'private, max-age=31536000, immutable';
const LATEST = 'private, max-age=60';

/** It is not there, or not what it was. */
const ABSENT: ReadonlySet<ErrorCode> = new Set(['blob-missing', 'blob-damaged']);

type ReadyRecord = Extract<StoredRecord, { state: 'ready' }>;

@NeedsScope('search')
@Controller('v1/images')
export class ThumbnailController {
  constructor(
    @Inject(VECTOR_INDEX) private readonly index: VectorIndex,
    @Inject(BLOB_STORE) private readonly blobs: BlobStore,
    @Inject(IMAGE_STATUSES) private readonly statuses: StatusSource,
    @Inject(LostThumbnails) private readonly lost: LostThumbnails,
  ) {}

  /** A small WebP of the upright picture. `?version=N`, as the page asks for it, lets the browser keep the thumbnail for good. */
  @Get(':imageId/thumbnail')
  @Answers<{ 'image/webp': Uint8Array }>({ unchanged: true })
  @Refuses('image-unknown', 'thumbnail-missing', 'too-many-requests')
  async thumbnail(
    @Param('imageId') id: string,
    @Query('version') version: string | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const imageId = parseImageId(id);
    const [record] = await this.index.fetch([imageId]);
    if (record?.state !== 'ready') throw await this.#missing(imageId, record);
    const etag = `"${record.thumbnail}"`;
    // Whoever comes to this browser next must not get it from its cache without a key.
    response.vary('Authorization');
    const headers = { ETag: etag, 'Cache-Control': version === String(record.version) ? ONE_VERSION : LATEST };
    if (request.headers['if-none-match'] === etag) {
      response.status(304).set(headers).end();
      return;
    }
    // Headers come last: the answer that there is no thumbnail must not be kept.
    const thumbnail = (await this.#stored(record.thumbnail)) ?? (await this.#madeAgain(record));
    response.set(headers).type('image/webp').send(Buffer.from(thumbnail));
  }

  /** `null` when it is not there, or not what it was. */
  async #stored(sha256: string): Promise<Buffer | null> {
    try {
      return await this.blobs.read(sha256, { maxBytes: MAX_THUMBNAIL_BYTES });
    } catch (error) {
      if (isLookalikeError(error) && ABSENT.has(error.code)) return null;
      throw error;
    }
  }

  async #madeAgain({ imageId, image }: ReadyRecord): Promise<Uint8Array> {
    try {
      return await this.lost.makeAgain(image.sha256);
    } catch (error) {
      if (!isLookalikeError(error) || !isLost(error.code)) throw error;
      throw noThumbnail(imageId, 'ready', 'The thumbnail is not in the store and cannot be made again.');
    }
  }

  async #missing(imageId: ImageId, record: StoredRecord | undefined): Promise<LookalikeError> {
    const state = record?.state ?? (await this.statuses.statusOf(imageId)).state;
    return state === 'unknown'
      ? new LookalikeError('image-unknown', 'No image has this imageId.', { facts: { imageId } })
      : noThumbnail(imageId, state, `The image is ${state} and has no thumbnail.`);
  }
}

/** The picture is gone too, or it is there and can no longer be decoded. */
function isLost(code: ErrorCode): boolean {
  return ABSENT.has(code) || code === 'blob-too-large' || code.startsWith('picture-');
}

function noThumbnail(imageId: ImageId, state: string, sentence: string): LookalikeError {
  return new LookalikeError('thumbnail-missing', sentence, { facts: { imageId, state } });
}
