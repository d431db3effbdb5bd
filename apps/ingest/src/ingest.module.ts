import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import type { Settings } from '#config';
import { type EventLog, IMAGE_EVENTS_TOPIC } from '#core';
import { EVENT_LOG, SETTINGS } from '#nest';
import { BulkController } from './bulk/bulk.controller.js';
import { BulkImport } from './bulk/bulk-import.js';
import { ImageWriter } from './image-writer.js';
import { ImagesController } from './images.controller.js';
import { PictureForms } from './picture-forms.js';
import { StoredPictures } from './stored-pictures.js';

/**
 * REST → blob store → log. A global module gives what it needs by token: EVENT_LOG, BLOB_STORE, SETTINGS, IMAGE_STATUSES
 * and INSPECT_HEAD.
 */
@Module({
  // The bulk path comes first: it is also the form of an image's.
  controllers: [BulkController, ImagesController],
  providers: [BulkImport, ImageWriter, PictureForms, StoredPictures],
})
export class IngestModule implements OnModuleInit {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async onModuleInit(): Promise<void> {
    const { partitions } = this.settings.storage;
    await this.log.ensureTopic(IMAGE_EVENTS_TOPIC, { partitions, retention: 'forever' });
  }
}
