import { Body, Controller, Inject, Post, Res } from '@nestjs/common';
import { IsBoolean } from 'class-validator';
import type { Response } from 'express';
import { IfGiven, NeedsScope } from '#nest';
import { answerInLines } from '../answer-in-lines.js';
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

  /** It ends when the caller goes away. */
  @Post('collect')
  collect(@Body() { dryRun = false }: CollectBody, @Res() response: Response): Promise<void> {
    return answerInLines(response, 'collected', async (gone) => ({ report: await this.collections.run(dryRun, gone) }));
  }
}
