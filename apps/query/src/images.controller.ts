import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsInt, IsNumber, Max, Min } from 'class-validator';
import type { Response } from 'express';
import { LookalikeError, parseImageId } from '#core';
import { IfGiven, invalidRequest, NeedsScope, Refuses } from '#nest';
import { type ImageAnswer, imageAnswer } from './image-answer.js';
import { StatusWait } from './status-wait.js';

const MAX_WAIT_SECONDS = 30;

const NumberInText = () =>
  Transform(({ value }) => (typeof value === 'string' && /^\d{1,16}(\.\d{1,3})?$/.test(value) ? Number(value) : value));

class WaitQuery {
  /** The version that is waited for. */
  @IfGiven()
  @NumberInText()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  minVersion?: number;

  /** So many seconds at the most; needs `minVersion`. */
  @IfGiven()
  @NumberInText()
  @IsNumber()
  @Min(0)
  @Max(MAX_WAIT_SECONDS)
  wait?: number;
}

@NeedsScope('search', 'publish')
@Controller('v1/images')
export class ImagesController {
  constructor(@Inject(StatusWait) private readonly statuses: StatusWait) {}

  /** What became of an image; with `minVersion`, as soon as that version is visible to searches. */
  @Get(':imageId')
  @Refuses('image-unknown', 'too-many-requests')
  async status(
    @Param('imageId') id: string,
    @Query() { minVersion, wait }: WaitQuery,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ImageAnswer> {
    const imageId = parseImageId(id);
    if (wait !== undefined && minVersion === undefined) {
      throw invalidRequest([{ field: 'wait', rule: 'needs minVersion, which says what to wait for' }]);
    }
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const status = await this.statuses.statusOf(imageId, {
      minVersion: minVersion ?? -1,
      waitMs: (wait ?? 0) * 1000,
      signal: gone.signal,
    });
    const answer = imageAnswer(imageId, status, minVersion);
    if (answer === null) {
      throw new LookalikeError('image-unknown', 'No image has this imageId.', { facts: { imageId } });
    }
    return answer;
  }
}
