import { Body, Controller, Get, Header, HttpCode, Inject, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import type { Settings } from '#config';
import type { VectorIndex } from '#core';
import { callerName, NeedsScope, Refuses, SETTINGS, VECTOR_INDEX } from '#nest';
import { Reindexes } from '#pipeline';
import { type ReindexPlan, ReindexPlanner } from './reindex-planner.js';
import { type ReindexAnswer, ReindexProgress } from './reindex-progress.js';
import { DropVectorsBody, encoderOf, namedProfile, StartBody, SwitchBody, settingsOf } from './reindex-requests.js';

const START_REFUSALS = ['reindex-under-way', 'generation-kept', 'fingerprint-clash', 'log-incomplete'] as const;

/** A new generation of the index beside the live one: started, watched, switched to, and back. */
@NeedsScope('operate')
@Controller('v1/reindex')
export class ReindexController {
  constructor(
    @Inject(Reindexes) private readonly reindexes: Reindexes,
    @Inject(ReindexProgress) private readonly progress: ReindexProgress,
    @Inject(ReindexPlanner) private readonly planner: ReindexPlanner,
    @Inject(VECTOR_INDEX) private readonly index: VectorIndex,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'index'>,
  ) {}

  /** The generations of the index and how far they are. */
  @Get()
  @Header('Cache-Control', 'no-store')
  status(): Promise<ReindexAnswer> {
    return this.progress.answer();
  }

  /** Begins to build a new generation beside the live one. */
  @Post()
  @Refuses(...START_REFUSALS)
  @HttpCode(202)
  async start(@Body() body: StartBody, @Req() request: Request): Promise<ReindexAnswer> {
    const wanted = this.#wanted(body);
    await this.reindexes.start(wanted, callerName(request));
    return this.progress.answer();
  }

  /** What that would cost. */
  @Post('plan')
  @Refuses(...START_REFUSALS)
  @HttpCode(200)
  plan(@Body() body: StartBody): Promise<ReindexPlan> {
    return this.planner.plan(this.#wanted(body));
  }

  /** Holds up the one that is built. */
  @Post('pause')
  @Refuses('generation-unknown')
  @HttpCode(202)
  pause(@Req() request: Request): Promise<ReindexAnswer> {
    return this.#decided(this.reindexes.pause(callerName(request)));
  }

  /** Goes on with it. */
  @Post('resume')
  @Refuses('generation-unknown')
  @HttpCode(202)
  resume(@Req() request: Request): Promise<ReindexAnswer> {
    return this.#decided(this.reindexes.resume(callerName(request)));
  }

  /** Gives it up. */
  @Post('cancel')
  @Refuses('generation-unknown')
  @HttpCode(202)
  cancel(@Req() request: Request): Promise<ReindexAnswer> {
    return this.#decided(this.reindexes.cancel(callerName(request)));
  }

  /** Verifies it once more. */
  @Post('verify')
  @Refuses('generation-unknown')
  @HttpCode(202)
  verify(@Req() request: Request): Promise<ReindexAnswer> {
    return this.#decided(this.reindexes.verify(callerName(request)));
  }

  /** Makes it the live one. */
  @Post('switch')
  @Refuses('generation-unknown', 'not-verified', 'generation-lost')
  @HttpCode(202)
  switch(@Body() { force = false }: SwitchBody, @Req() request: Request) {
    return this.#decided(this.reindexes.switch(force, callerName(request)));
  }

  /** Steps back to the generation that was live before. */
  @Post('rollback')
  @Refuses('generation-unknown', 'generation-lost')
  @HttpCode(202)
  rollback(@Req() request: Request): Promise<ReindexAnswer> {
    return this.#decided(this.reindexes.rollback(callerName(request)));
  }

  /** Drops the generation that was kept for a step back. */
  @Post('drop')
  @Refuses('generation-unknown')
  @HttpCode(202)
  drop(@Req() request: Request): Promise<ReindexAnswer> {
    return this.#decided(this.reindexes.drop(callerName(request)));
  }

  /** Drops the vectors of an encoder that no generation uses any more. */
  @Post('drop-vectors')
  @Refuses('vectors-unknown', 'vectors-in-use')
  @HttpCode(202)
  dropVectors(@Body() { fingerprint }: DropVectorsBody, @Req() request: Request): Promise<ReindexAnswer> {
    return this.#decided(this.reindexes.dropVectors(fingerprint, callerName(request)));
  }

  #wanted(body: StartBody) {
    return {
      encoder: encoderOf(body),
      ...namedProfile(body),
      attributes: this.settings.index.attributes,
      settings: settingsOf(body, this.index),
      switchWhenVerified: body.switchWhenVerified ?? false,
    };
  }

  async #decided(decision: Promise<unknown>): Promise<ReindexAnswer> {
    await decision;
    return this.progress.answer();
  }
}
