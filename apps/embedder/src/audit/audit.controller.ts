import { Body, Controller, Inject, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { NeedsScope } from '#nest';
import { answerInLines } from '../answer-in-lines.js';
import { AuditBody } from './audit-requests.js';
import { Audits } from './audits.js';

/** Compares the index with the log, and mends it. */
@NeedsScope('operate')
@Controller('v1/audit')
export class AuditController {
  constructor(@Inject(Audits) private readonly audits: Audits) {}

  /** It ends when the caller goes away. */
  @Post()
  audit(@Body() body: AuditBody, @Res() response: Response): Promise<void> {
    return answerInLines(response, 'audited', (gone) => this.audits.run(body, gone));
  }
}
