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
import { asLookalikeError, invalidRequest, NeedsScope, PICTURE_FIELD, PICTURE_RULE, ReadsBody, toProblem } from '#nest';
import { PictureUpload } from '../picture-upload.js';
import { bodyOfTexts, readSearch } from './read-search.js';
import type { SearchAnswer } from './search-answer.js';
import { BatchBody } from './search-body.js';
import { Searches } from './searches.js';

type BatchAnswer = ({ readonly status: 200 } & SearchAnswer) | ReturnType<typeof toProblem>;

@NeedsScope('search')
@Controller('v1')
export class SearchController {
  constructor(@Inject(Searches) private readonly searches: Searches) {}

  @Post('search')
  @ReadsBody()
  @HttpCode(200)
  @UseInterceptors(PictureUpload)
  async search(@Req() request: Request, @Body() body: object | undefined, @UploadedFile() file?: Express.Multer.File) {
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

  @Get('images/:imageId/similar')
  async similar(@Param('imageId') imageId: string, @Query() parameters: object) {
    return this.searches.answer(await readSearch({ ...bodyOfTexts(parameters), imageId }));
  }

  /** Each search is answered, or refused, by itself. They take turns with all others. */
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
