import { Body, Controller, Get, Header, HttpCode, Inject, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import type { Settings } from '#config';
import type { VectorIndex } from '#core';
import { callerName, NeedsScope, SETTINGS, VECTOR_INDEX } from '#nest';
import { Reindexes } from '#pipeline';
import { type ReindexPlan, ReindexPlanner } from './reindex-planner.js';
import { type ReindexAnswer, ReindexProgress } from './reindex-progress.js';
import { DropVectorsBody, encoderOf, StartBody, SwitchBody, settingsOf } from './reindex-requests.js';

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

  @Get()
  @Header('Cache-Control', 'no-store')
  status(): Promise<ReindexAnswer> {
    return this.progress.answer();
  }

  @Post()
  @HttpCode(202)
  async start(@Body() body: StartBody, @Req() request: Request): Promise<ReindexAnswer> {
    const wanted = this.#wanted(body);
    await this.reindexes.start(wanted, callerName(request));
    return this.progress.answer();
  }

  /** What it would cost. */
  @Post('plan')
  @HttpCode(200)
  plan(@Body() body: StartBody): Promise<ReindexPlan> {
    return this.planner.plan(this.#wanted(body));
  }

  @Post('pause')
  @HttpCode(202)
  pause(@Req() request: Request) {
    return this.#decided(this.reindexes.pause(callerName(request)));
  }

  @Post('resume')
  @HttpCode(202)
  resume(@Req() request: Request) {
    return this.#decided(this.reindexes.resume(callerName(request)));
  }

  @Post('cancel')
  @HttpCode(202)
  cancel(@Req() request: Request) {
    return this.#decided(this.reindexes.cancel(callerName(request)));
  }

  @Post('verify')
  @HttpCode(202)
  verify(@Req() request: Request) {
    return this.#decided(this.reindexes.verify(callerName(request)));
  }

  @Post('switch')
  @HttpCode(202)
  switch(@Body() { force = false }: SwitchBody, @Req() request: Request) {
    return this.#decided(this.reindexes.switch(force, callerName(request)));
  }

  @Post('rollback')
  @HttpCode(202)
  rollback(@Req() request: Request) {
    return this.#decided(this.reindexes.rollback(callerName(request)));
  }

  @Post('drop')
  @HttpCode(202)
  drop(@Req() request: Request) {
    return this.#decided(this.reindexes.drop(callerName(request)));
  }

  /** Of an encoder that no generation uses any more. */
  @Post('drop-vectors')
  @HttpCode(202)
  dropVectors(@Body() { fingerprint }: DropVectorsBody, @Req() request: Request) {
    return this.#decided(this.reindexes.dropVectors(fingerprint, callerName(request)));
  }

  #wanted(body: StartBody) {
    return {
      encoder: encoderOf(body),
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
