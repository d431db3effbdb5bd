import { Body, Controller, HttpCode, Inject, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Answers, NeedsScope, Refuses } from '#nest';
import { type AnswerLine, answerInLines } from '../answer-in-lines.js';
import { AuditBody } from './audit-requests.js';
import { type Audited, Audits } from './audits.js';

/** Compares the index with the log, and mends it. */
@NeedsScope('operate')
@Controller('v1/audit')
export class AuditController {
  constructor(@Inject(Audits) private readonly audits: Audits) {}

  /** Compares the index with the log, and repairs it where that is asked for. It ends when the caller goes away. */
  @Post()
  @HttpCode(200)
  @Answers<{ 'application/x-ndjson': AnswerLine<'audited', Audited> }>()
  @Refuses('generation-unknown', 'generation-lost', 'too-many-requests')
  audit(@Body() body: AuditBody, @Res() response: Response): Promise<void> {
    return answerInLines(response, 'audited', (gone) => this.audits.run(body, gone));
  }
}
