import { Module } from '@nestjs/common';
import { ApiDocumentController } from './api-document.controller.js';
import { ApiPageController } from './api-page.controller.js';

/** `/v1/openapi.json` and `/docs`. Every application has them. */
@Module({ controllers: [ApiDocumentController, ApiPageController] })
export class ApiDocumentModule {}
