import { Controller, Get, Header, HttpStatus, Inject, Res, ServiceUnavailableException } from '@nestjs/common';
import {
  HealthCheck,
  type HealthCheckResult,
  HealthCheckService,
  type HealthIndicatorResult,
  HealthIndicatorService,
} from '@nestjs/terminus';
import type { Response } from 'express';
import { ForEverybody } from '../access/needs-scope.js';
import { Answers } from '../api-document/described.js';
import { asLookalikeError } from '../problem/as-lookalike-error.js';
import { toProblem } from '../problem/problem.js';
import { type HealthPart, HealthParts, type PartFault } from './health-parts.js';

@ForEverybody()
@Controller('health')
export class HealthController {
  constructor(
    @Inject(HealthParts) private readonly parts: HealthParts,
    @Inject(HealthCheckService) private readonly checks: HealthCheckService,
    @Inject(HealthIndicatorService) private readonly indicators: HealthIndicatorService,
  ) {}

  /** Whether the process answers. */
  @Get('live')
  @Header('Cache-Control', 'no-store')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /**
   * Whether the process does its work: 503 while a stage waits for something broken, while what it works with cannot be reached,
   * and while it shuts down.
   */
  @Get('ready')
  @Answers({ also: [503] })
  @HealthCheck()
  async ready(@Res({ passthrough: true }) response: Response): Promise<HealthCheckResult> {
    try {
      return await this.checks.check(this.parts.all().map((part) => () => this.#indicate(part)));
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      response.status(HttpStatus.SERVICE_UNAVAILABLE);
      return error.getResponse() as HealthCheckResult;
    }
  }

  async #indicate(part: HealthPart): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check(part.name);
    const fault = await part.fault();
    return fault === null ? indicator.up() : indicator.down(described(fault));
  }
}

/** `canRetry`: it may pass. Else somebody has to mend it, and `detail` says how. */
function described({ during, error, sinceMs }: PartFault) {
  const { code, detail, canRetry } = toProblem(asLookalikeError(error));
  // The detail of an error that nobody foresaw speaks of a request, and here is none.
  const what = code === 'internal' ? 'The log of the server has the reason.' : detail;
  return { during, code, detail: what, canRetry, since: new Date(sinceMs).toISOString() };
}
