import { Body, Controller, HttpCode, Inject, Post, Req, UploadedFile, UseInterceptors } from '@nestjs/common';
import type { Request } from 'express';
import { type ImageId, isLookalikeError, LookalikeError, parseImageId } from '#core';
import {
  asLookalikeError,
  IMAGE_STATUSES,
  invalidRequest,
  Metrics,
  NeedsScope,
  PICTURE_FIELD,
  PICTURE_RULE,
} from '#nest';
import { ImageSearch, type SearchOptions, type SearchResult } from '#search';
import { stillWaiting, thumbnailPath } from './image-answer.js';
import { PictureUpload } from './picture-upload.js';
import { filterOf, readAs, readForm, SearchByImage } from './search-request.js';
import type { StatusSource } from './status-wait.js';

@NeedsScope('search')
@Controller('v1/search')
export class SearchController {
  constructor(
    @Inject(ImageSearch) private readonly images: ImageSearch,
    @Inject(IMAGE_STATUSES) private readonly statuses: StatusSource,
    @Inject(Metrics) private readonly metrics: Metrics,
  ) {}

  @Post()
  @HttpCode(200)
  @UseInterceptors(PictureUpload)
  async search(@Req() request: Request, @Body() body: object | undefined, @UploadedFile() file?: Express.Multer.File) {
    return withThumbnails(await this.#search(request, body, file));
  }

  async #search(request: Request, body: object | undefined, file?: Express.Multer.File): Promise<SearchResult> {
    if (request.is('multipart/form-data')) {
      const { limit, filter } = await readForm(body ?? {});
      if (file === undefined) throw invalidRequest([{ field: PICTURE_FIELD, rule: PICTURE_RULE }]);
      const options = { limit, ...filterOf(filter) };
      return this.#timed('picture', () => this.images.byPicture(file.buffer, options));
    }
    if (request.is('application/json')) {
      const { imageId, limit, filter } = await readAs(SearchByImage, body);
      return this.#searchByImage(parseImageId(imageId), { limit, ...filterOf(filter) });
    }
    throw new LookalikeError('media-type-not-supported', 'Search by multipart/form-data or by application/json.', {
      facts: { supported: ['multipart/form-data', 'application/json'] },
    });
  }

  async #timed(by: 'picture' | 'image', search: () => Promise<SearchResult>): Promise<SearchResult> {
    const end = this.metrics.searchDurations.startTimer({ by });
    try {
      const found = await search();
      end({ outcome: 'ok' });
      return found;
    } catch (error) {
      end({ outcome: asLookalikeError(error).code });
      throw error;
    }
  }

  /** What the index has not heard of may still be on its way; then it is not unknown. */
  async #searchByImage(imageId: ImageId, options: SearchOptions): Promise<SearchResult> {
    try {
      return await this.#timed('image', () => this.images.byImage(imageId, options));
    } catch (error) {
      if (!isLookalikeError(error) || error.code !== 'image-unknown') throw error;
      const { waiting } = await this.statuses.statusOf(imageId);
      throw waiting === null ? error : stillWaiting(imageId, waiting);
    }
  }
}

function withThumbnails(answer: SearchResult) {
  return { ...answer, results: answer.results.map((it) => ({ ...it, thumbnail: thumbnailPath(it.imageId) })) };
}
