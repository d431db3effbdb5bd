import { Controller, Get, Header, HttpStatus, Inject, Res } from '@nestjs/common';
import type { Response } from 'express';
import { asLookalikeError, type EventLogServer, toProblem } from '#nest';
import type { Fault } from '#pipeline';
import { IndexReadiness } from './index-readiness.js';
import { STAGE_SERVER } from './tokens.js';

/** What is broken: a stage that waits for it, or `search`, when the index cannot be read. */
interface BrokenPart {
  readonly during: Fault['during'] | 'read';
  readonly code: string;
  /** What to do, where somebody has to do something. */
  readonly detail: string;
  readonly since: string;
}

type Found = Pick<Fault, 'error' | 'sinceMs'> & Pick<BrokenPart, 'during'>;

interface Health {
  /** `waiting`: it may pass. `broken`: somebody has to mend it. */
  readonly status: 'ok' | 'waiting' | 'broken';
  readonly faults: Readonly<Record<string, BrokenPart>>;
}

@Controller('health')
export class HealthController {
  constructor(
    @Inject(STAGE_SERVER) private readonly stages: EventLogServer,
    @Inject(IndexReadiness) private readonly index: IndexReadiness,
  ) {}

  /** The process answers. */
  @Get('live')
  @Header('Cache-Control', 'no-store')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** The process does its work: 503 while a stage waits for something broken, or the index cannot be read. */
  @Get('ready')
  @Header('Cache-Control', 'no-store')
  async ready(@Res({ passthrough: true }) response: Response): Promise<Health> {
    const unreadable = await this.index.ask();
    const faults: [string, Found][] = [...this.stages.faults];
    if (unreadable !== null) faults.push(['search', { during: 'read', ...unreadable }]);
    if (faults.length === 0) return { status: 'ok', faults: {} };
    response.status(HttpStatus.SERVICE_UNAVAILABLE);
    const mayPass = faults.every(([, { error }]) => asLookalikeError(error).canRetry);
    return {
      status: mayPass ? 'waiting' : 'broken',
      faults: Object.fromEntries(faults.map(([part, fault]) => [part, brokenPart(fault)])),
    };
  }
}

function brokenPart({ during, error, sinceMs }: Found): BrokenPart {
  const { code, detail } = toProblem(asLookalikeError(error));
  // The detail of an error that nobody foresaw speaks of a request, and here is none.
  const what = code === 'internal' ? 'The log of the server has the reason.' : detail;
  return { during, code, detail: what, since: new Date(sinceMs).toISOString() };
}
