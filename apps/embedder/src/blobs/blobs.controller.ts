import { Body, Controller, HttpCode, Inject, Post, Res } from '@nestjs/common';
import { IsBoolean } from 'class-validator';
import type { Response } from 'express';
import { Answers, IfGiven, NeedsScope, Refuses } from '#nest';
import type { CollectionReport } from '#pipeline';
import { type AnswerLine, answerInLines } from '../answer-in-lines.js';
import { BlobCollections } from './blob-collections.js';

export class CollectBody {
  /** Says what would be done, and does nothing. */
  @IfGiven()
  @IsBoolean()
  dryRun?: boolean;
}

/** Pictures and thumbnails that nothing refers to. */
@NeedsScope('operate')
@Controller('v1/blobs')
export class BlobsController {
  constructor(@Inject(BlobCollections) private readonly collections: BlobCollections) {}

  /** Deletes pictures and thumbnails that nothing refers to. It ends when the caller goes away. */
  @Post('collect')
  @HttpCode(200)
  @Answers<{ 'application/x-ndjson': AnswerLine<'collected', { readonly report: CollectionReport }> }>()
  @Refuses('log-incomplete', 'too-many-requests')
  collect(@Body() { dryRun = false }: CollectBody, @Res() response: Response): Promise<void> {
    return answerInLines(response, 'collected', async (gone) => ({ report: await this.collections.run(dryRun, gone) }));
  }
}
