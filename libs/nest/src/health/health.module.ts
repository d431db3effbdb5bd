import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health.controller.js';
import { HealthParts } from './health-parts.js';

/** `/health`. Modules import it and add what they know; one application has one of it. */
@Module({
  // A fault is logged once, by whoever meets it, and not each time that somebody asks.
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController],
  providers: [HealthParts],
  exports: [HealthParts],
})
export class HealthModule {}
