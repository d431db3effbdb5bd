import { Body, Controller, Get, Header, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { IsBoolean, IsInt, Max, Min } from 'class-validator';
import type { Request, Response } from 'express';
import { Answers, callerName, IfGiven, NeedsScope, Refuses } from '#nest';
import { type AnswerLine, answerInLines } from '../answer-in-lines.js';
import type { CalibrationAnswer } from './calibration-answer.js';
import { CalibrationRuns } from './calibration-runs.js';

const SAMPLE = 200;

export class CalibrateBody {
  /** Images taken at random: all of them where there are fewer. */
  @IfGiven()
  @IsInt()
  @Min(50)
  @Max(1_000)
  sample?: number = SAMPLE;

  /** Says what is measured, and stores nothing. */
  @IfGiven()
  @IsBoolean()
  dryRun?: boolean;
}

/** How copies are told from strangers, measured on images of the collection. */
@NeedsScope('operate')
@Controller('v1')
export class CalibrationController {
  constructor(@Inject(CalibrationRuns) private readonly runs: CalibrationRuns) {}

  /** What the matches of the live generation's encoder are told by. */
  @Get('calibration')
  @Header('Cache-Control', 'no-store')
  present(): Promise<CalibrationAnswer> {
    return this.runs.present();
  }

  /**
   * Edits images of the live generation, measures how well copies are told from strangers, and stores in the log what searches tell
   * them by from then on. It ends when the caller goes away.
   */
  @Post('calibrate')
  @HttpCode(200)
  @Answers<{ 'application/x-ndjson': AnswerLine<'calibrated', CalibrationAnswer> }>()
  @Refuses('sample-too-small', 'too-many-requests')
  calibrate(
    @Body() { sample = SAMPLE, dryRun = false }: CalibrateBody,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const run = { sample, isDryRun: dryRun, by: callerName(request) };
    return answerInLines(response, 'calibrated', (gone, onProgress) => this.runs.run(run, gone, onProgress));
  }
}
