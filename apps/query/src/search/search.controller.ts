import {
  Body,
  Controller,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Req,
  UploadedFile,
  UseInterceptors,
} from '@nestjs/common';
import type { Request } from 'express';
import { LookalikeError } from '#core';
import {
  asLookalikeError,
  DECODE_REFUSALS,
  invalidRequest,
  LINK_REFUSALS,
  NeedsScope,
  PICTURE_FIELD,
  PICTURE_RULE,
  type Problem,
  ReadsBody,
  Refuses,
  toProblem,
} from '#nest';
import { PictureUpload } from '../picture-upload.js';
import { bodyOfParameters, bodyOfTexts, readSearch } from './read-search.js';
import type { SearchAnswer } from './search-answer.js';
import { BatchBody, type CopiesQuery, type SearchBody, type SearchForm, type SimilarQuery } from './search-body.js';
import { Searches } from './searches.js';

type BatchAnswer = ({ readonly status: 200 } & SearchAnswer) | Problem;

const REFUSALS = [
  'invalid-image-id',
  'invalid-filter',
  'invalid-vector',
  'invalid-cursor',
  'cursor-expired',
  'region-too-small',
  'image-unknown',
  'image-not-searchable',
  'blob-missing',
  'too-many-requests',
  ...DECODE_REFUSALS,
] as const;

@NeedsScope('search')
@Controller('v1')
export class SearchController {
  constructor(@Inject(Searches) private readonly searches: Searches) {}

  /** Finds the images that look like what it is searched by. */
  @Post('search')
  @ReadsBody<{ 'application/json': SearchBody; 'multipart/form-data': SearchForm }>()
  @Refuses(...REFUSALS, ...LINK_REFUSALS)
  @HttpCode(200)
  @UseInterceptors(PictureUpload)
  async search(
    @Req() request: Request,
    @Body() body: object | undefined,
    @UploadedFile() file?: Express.Multer.File,
  ): Promise<SearchAnswer> {
    if (request.is('application/json')) return this.searches.answer(await readSearch(body));
    if (!request.is('multipart/form-data')) {
      const supported = ['multipart/form-data', 'application/json'];
      throw new LookalikeError('media-type-not-supported', `Search by ${supported.join(' or by ')}.`, {
        facts: { supported },
      });
    }
    const fields = bodyOfTexts(body ?? {});
    if (file === undefined) throw invalidRequest([{ field: PICTURE_FIELD, rule: PICTURE_RULE }]);
    return this.searches.answer(await readSearch(fields, file.buffer));
  }

  /** Finds the images that look like one of the collection. */
  @Get('images/:imageId/similar')
  @Refuses(...REFUSALS, ...LINK_REFUSALS)
  async similar(@Param('imageId') imageId: string, @Query() parameters: SimilarQuery): Promise<SearchAnswer> {
    return this.searches.answer(await readSearch({ ...bodyOfParameters(parameters), imageId }));
  }

  /** Finds the images that are copies of one of the collection, edited or as it is. */
  @Get('images/:imageId/duplicates')
  @Refuses(...REFUSALS, ...LINK_REFUSALS)
  async duplicates(@Param('imageId') imageId: string, @Query() parameters: CopiesQuery): Promise<SearchAnswer> {
    return this.searches.answer(
      await readSearch({ minMatch: 'same-picture', ...bodyOfParameters(parameters), imageId }),
    );
  }

  /** Answers several searches. Each is answered, or refused, by itself. They take turns with all others. */
  @Post('search/batch')
  @HttpCode(200)
  async batch(@Body() { searches }: BatchBody): Promise<{ readonly answers: readonly BatchAnswer[] }> {
    return { answers: await Promise.all(searches.map((it) => this.#oneOfBatch(it))) };
  }

  async #oneOfBatch(search: object): Promise<BatchAnswer> {
    try {
      return { status: 200, ...(await this.searches.answer(await readSearch(search))) };
    } catch (error) {
      return toProblem(asLookalikeError(error));
    }
  }
}
