import { Controller, Get, Header, HttpStatus, Inject, Res } from '@nestjs/common';
import type { Response } from 'express';
import { isLookalikeError } from '#core';
import type { EventLogServer } from '#nest';
import { STAGE_SERVER } from './tokens.js';

interface Health {
  readonly status: 'ok' | 'waiting';
  /** Stages that wait for a broken dependency, with the error's code. */
  readonly faults: Readonly<Record<string, { during: string; code: string; since: string }>>;
}

@Controller('health')
export class HealthController {
  constructor(@Inject(STAGE_SERVER) private readonly stages: EventLogServer) {}

  /** The process answers. */
  @Get('live')
  @Header('Cache-Control', 'no-store')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** The process does its work: 503 while a stage waits for something broken. */
  @Get('ready')
  @Header('Cache-Control', 'no-store')
  ready(@Res({ passthrough: true }) response: Response): Health {
    const faults = Object.fromEntries(
      [...this.stages.faults].map(([stage, { during, error, sinceMs }]) => [
        stage,
        { during, code: isLookalikeError(error) ? error.code : 'internal', since: new Date(sinceMs).toISOString() },
      ]),
    );
    const isWell = Object.keys(faults).length === 0;
    if (!isWell) response.status(HttpStatus.SERVICE_UNAVAILABLE);
    return { status: isWell ? 'ok' : 'waiting', faults };
  }
}
