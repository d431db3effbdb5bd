import { Controller, Get, Global, Inject, Module, Res } from '@nestjs/common';
import type { Response } from 'express';
import { NeedsScope } from '../access/needs-scope.js';
import { Metrics } from './metrics.js';

@NeedsScope('operate')
@Controller('metrics')
export class MetricsController {
  constructor(@Inject(Metrics) private readonly metrics: Metrics) {}

  /** In the text format of Prometheus. */
  @Get()
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
