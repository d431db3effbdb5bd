import { Controller, Get, Global, Inject, Module, Res } from '@nestjs/common';
import type { Response } from 'express';
import { NeedsScope } from '../access/needs-scope.js';
import { Answers } from '../api-document/described.js';
import { Metrics } from './metrics.js';

@NeedsScope('operate')
@Controller('metrics')
export class MetricsController {
  constructor(@Inject(Metrics) private readonly metrics: Metrics) {}

  /** Numbers in the text format of Prometheus. */
  @Get()
  @Answers<{ 'text/plain': string }>()
  async scrape(@Res() response: Response): Promise<void> {
    const { registry } = this.metrics;
    const text = await registry.metrics();
    response.set({ 'Content-Type': registry.contentType, 'Cache-Control': 'no-store' }).send(text);
  }
}

/** `/metrics`. Every application has it; modules add what they know to `Metrics`. */
@Global()
@Module({ controllers: [MetricsController], providers: [Metrics], exports: [Metrics] })
export class MetricsModule {}
