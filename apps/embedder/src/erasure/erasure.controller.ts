import { Body, Controller, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { parseImageId } from '#core';
import { Answers, callerName, NeedsScope, Refuses } from '#nest';
import type { Erasure } from '#pipeline';
import { type AnswerLine, answerInLines } from '../answer-in-lines.js';
import { EraseBody } from './erase-requests.js';
import { Erasures } from './erasures.js';

/** Deletes an image and everything of it that a deletion leaves in its place. */
@NeedsScope('operate')
@Controller('v1/images')
export class ErasureController {
  constructor(@Inject(Erasures) private readonly erasures: Erasures) {}

  /** Erases an image and what is left of it. It ends when the caller goes away; the same call goes on where it stopped. */
  @Post(':imageId/erase')
  @HttpCode(200)
  @Answers<{ 'application/x-ndjson': AnswerLine<'erased', Erasure> }>()
  @Refuses('image-unknown', 'too-many-requests')
  erase(
    @Param('imageId') id: string,
    @Body() { waitSeconds }: EraseBody,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const imageId = parseImageId(id);
    const by = callerName(request);
    return answerInLines(response, 'erased', (signal) => this.erasures.erase(imageId, { waitSeconds, by, signal }));
  }
}
