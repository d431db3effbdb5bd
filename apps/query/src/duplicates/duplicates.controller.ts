import { Body, Controller, Get, Header, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import type { Request } from 'express';
import { callerName, NeedsScope, Refuses } from '#nest';
import { bodyOfTexts, readAs } from '../search/read-search.js';
import { Duplicates } from './duplicates.js';
import type { DecisionAnswer, DecisionsAnswer, DuplicatesAnswer } from './duplicates-answer.js';
import {
  DecisionBody,
  DecisionsBody,
  type DecisionsQuery,
  DuplicatesBody,
  type DuplicatesQuery,
} from './duplicates-body.js';

/** Images that are copies of each other, and what people decide of them. */
@NeedsScope('search')
@Controller('v1/duplicates')
export class DuplicatesController {
  constructor(@Inject(Duplicates) private readonly duplicates: Duplicates) {}

  /** Lists groups of images that are copies of their first one, as far as nobody has settled them. */
  @Get()
  @Header('Cache-Control', 'no-store')
  @Refuses('invalid-cursor', 'too-many-requests')
  async list(@Query() parameters: DuplicatesQuery): Promise<DuplicatesAnswer> {
    const { order, limit, cursor } = await readAs(DuplicatesBody, bodyOfTexts(parameters));
    return this.duplicates.page({ order, limit, ...(cursor !== undefined && { cursor }) });
  }

  /** Lists what was decided, the last first. */
  @Get('decisions')
  @Header('Cache-Control', 'no-store')
  async decisions(@Query() parameters: DecisionsQuery): Promise<DecisionsAnswer> {
    const { limit, cursor } = await readAs(DecisionsBody, bodyOfTexts(parameters));
    return this.duplicates.made(limit, cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(cursor));
  }

  /**
   * Decides about images. That they are no duplicates, or are to be kept, takes effect for all pairs of them; a resolution
   * deletes all but those that stay, where `delete` says so.
   */
  @Post('decisions')
  @NeedsScope('publish')
  @HttpCode(200)
  @Refuses('invalid-image-id', 'image-changed')
  decide(@Body() body: DecisionBody, @Req() request: Request): Promise<DecisionAnswer> {
    return this.duplicates.decide(body, callerName(request));
  }

  /** Takes a decision back. Images that it has deleted are added again, as long as their pictures are in the store. */
  @Post('decisions/:id/undo')
  @NeedsScope('publish')
  @HttpCode(200)
  @Refuses('decision-unknown', 'decision-undone', 'blob-missing', 'too-many-requests')
  undo(@Param('id') id: string, @Req() request: Request): Promise<DecisionAnswer> {
    return this.duplicates.undo(id, callerName(request));
  }
}
