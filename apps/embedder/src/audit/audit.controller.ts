import { Body, Controller, Inject, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { asLookalikeError, NeedsScope, toProblem } from '#nest';
import { AuditBody } from './audit-requests.js';
import { Audits } from './audits.js';

/** Somebody between the two would take a longer silence for the end. */
const SIGN_OF_LIFE_MS = 5_000;

/** Compares the index with the log, and mends it. */
@NeedsScope('operate')
@Controller('v1/audit')
export class AuditController {
  constructor(@Inject(Audits) private readonly audits: Audits) {}

  /** Lines of JSON: signs of life, and at the end what was found. It ends when the caller goes away. */
  @Post()
  async audit(@Body() body: AuditBody, @Res() response: Response): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const startMs = performance.now();
    const running = this.audits.run(body, gone.signal);
    const write = (line: object) => response.write(`${JSON.stringify(line)}\n`);
    const begin = () => {
      if (!response.headersSent) response.status(200).type('application/x-ndjson');
    };
    const timer = setInterval(() => {
      begin();
      write({ type: 'working', seconds: Math.round((performance.now() - startMs) / 1000) });
    }, SIGN_OF_LIFE_MS);
    try {
      const audited = await running;
      begin();
      write({ type: 'audited', ...audited });
    } catch (error) {
      // Before the first line it is an answer like any other.
      if (!response.headersSent) throw error;
      if (!gone.signal.aborted) write({ type: 'problem', problem: toProblem(asLookalikeError(error)) });
    } finally {
      clearInterval(timer);
    }
    response.end();
  }
}
