import { Controller, Get, Header, HttpStatus, Inject, Res } from '@nestjs/common';
import type { Response } from 'express';
import { ForEverybody } from '../access/needs-scope.js';
import { asLookalikeError } from '../problem/as-lookalike-error.js';
import { toProblem } from '../problem/problem.js';
import { type BrokenPart, HealthSources } from './health-sources.js';

interface PartHealth extends Pick<BrokenPart, 'during'> {
  readonly code: string;
  /** What to do, where somebody has to do something. */
  readonly detail: string;
  readonly since: string;
}

interface Health {
  /** `waiting`: it may pass. `broken`: somebody has to mend it. */
  readonly status: 'ok' | 'waiting' | 'broken';
  readonly faults: Readonly<Record<string, PartHealth>>;
}

@ForEverybody()
@Controller('health')
export class HealthController {
  constructor(@Inject(HealthSources) private readonly sources: HealthSources) {}

  /** The process answers. */
  @Get('live')
  @Header('Cache-Control', 'no-store')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** The process does its work: 503 while a stage waits for something broken, or what it works with cannot be reached. */
  @Get('ready')
  @Header('Cache-Control', 'no-store')
  async ready(@Res({ passthrough: true }) response: Response): Promise<Health> {
    const broken = await this.sources.broken();
    if (broken.length === 0) return { status: 'ok', faults: {} };
    response.status(HttpStatus.SERVICE_UNAVAILABLE);
    const mayPass = broken.every(({ error }) => asLookalikeError(error).canRetry);
    return {
      status: mayPass ? 'waiting' : 'broken',
      faults: Object.fromEntries(broken.map((it) => [it.part, health(it)])),
    };
  }
}

function health({ during, error, sinceMs }: BrokenPart): PartHealth {
  const { code, detail } = toProblem(asLookalikeError(error));
  // The detail of an error that nobody foresaw speaks of a request, and here is none.
  const what = code === 'internal' ? 'The log of the server has the reason.' : detail;
  return { during, code, detail: what, since: new Date(sinceMs).toISOString() };
}
