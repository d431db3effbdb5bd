import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import {
  type BlobStore,
  type ErrorCode,
  type ImageId,
  isLookalikeError,
  LookalikeError,
  type PreparePicture,
  parseImageId,
  type StoredRecord,
  type VectorIndex,
} from '#core';
import { BLOB_STORE, IMAGE_STATUSES, PREPARE_PICTURE, SETTINGS, VECTOR_INDEX } from '#nest';
import type { QuerySettings } from './query-settings.js';
import type { StatusSource } from './status-wait.js';

const MAX_THUMBNAIL_BYTES = 1024 * 1024;
/** Of one version the thumbnail never changes; without a version the next update changes it. */
const ONE_VERSION = 'private, max-age=31536000, immutable';
const LATEST = 'private, max-age=60';

type ReadyRecord = Extract<StoredRecord, { state: 'ready' }>;

@Controller('v1/images')
export class ThumbnailController {
  constructor(
    @Inject(VECTOR_INDEX) private readonly index: VectorIndex,
    @Inject(BLOB_STORE) private readonly blobs: BlobStore,
    @Inject(IMAGE_STATUSES) private readonly statuses: StatusSource,
    @Inject(PREPARE_PICTURE) private readonly preparePicture: PreparePicture,
    @Inject(SETTINGS) private readonly settings: QuerySettings,
  ) {}

  /** `?version=N`, as the page asks for it, lets the browser keep the thumbnail for good. */
  @Get(':imageId/thumbnail')
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
      if (hasCode(error, 'blob-missing', 'blob-damaged')) return null;
      throw error;
    }
  }

  /** Thumbnails are derived: one that was lost is made from the picture, as the embed stage makes it. */
  async #madeAgain({ imageId, image }: ReadyRecord): Promise<Uint8Array> {
    try {
      const picture = await this.blobs.read(image.sha256, { maxBytes: this.settings.server.maxUploadBytes });
      const { thumbnail } = await this.preparePicture(picture);
      await this.blobs.put(thumbnail, { maxBytes: MAX_THUMBNAIL_BYTES });
      return thumbnail;
    } catch (error) {
      if (!hasCode(error, 'blob-missing', 'blob-damaged', 'blob-too-large')) throw error;
      throw noThumbnail(imageId, 'ready', 'Neither the thumbnail nor the picture it is made from is in the store.');
    }
  }

  async #missing(imageId: ImageId, record: StoredRecord | undefined): Promise<LookalikeError> {
    const state = record?.state ?? (await this.statuses.statusOf(imageId)).state;
    return state === 'unknown'
      ? new LookalikeError('image-unknown', 'No image has this imageId.', { facts: { imageId } })
      : noThumbnail(imageId, state, `The image is ${state} and has no thumbnail.`);
  }
}

function hasCode(error: unknown, ...codes: ErrorCode[]): boolean {
  return isLookalikeError(error) && codes.includes(error.code);
}

function noThumbnail(imageId: ImageId, state: string, sentence: string): LookalikeError {
  return new LookalikeError('thumbnail-missing', sentence, { facts: { imageId, state } });
}
