import { Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { HealthSources } from './health-sources.js';

/** `/health`. Modules import it and add what they know; one application has one of it. */
@Module({ controllers: [HealthController], providers: [HealthSources], exports: [HealthSources] })
export class HealthModule {}
