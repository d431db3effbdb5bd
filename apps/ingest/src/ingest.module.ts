import { Inject, Module } from '@nestjs/common';
import { type EventLog, IMAGE_EVENTS_TOPIC } from '#core';
import { CheckedPart, EVENT_LOG, HealthModule, HealthSources } from '#nest';
import { BulkController } from './bulk/bulk.controller.js';
import { BulkImport } from './bulk/bulk-import.js';
import { ImageWriter } from './image-writer.js';
import { ImagesController } from './images.controller.js';
import { LinkedPictures } from './linked-pictures.js';
import { PictureForms } from './picture-forms.js';
import { StoredPictures } from './stored-pictures.js';

/**
 * REST → blob store → log. A global module gives what it needs by token: EVENT_LOG, BLOB_STORE, SETTINGS, IMAGE_STATUSES
 * and INSPECT_HEAD.
 */
@Module({
  imports: [HealthModule],
  // The bulk path comes first: it is also the form of an image's.
  controllers: [BulkController, ImagesController],
  providers: [BulkImport, ImageWriter, LinkedPictures, PictureForms, StoredPictures],
})
export class IngestModule {
  constructor(@Inject(HealthSources) health: HealthSources, @Inject(EVENT_LOG) log: EventLog) {
    health.add(new CheckedPart('publish', 'read', () => log.watermarks(IMAGE_EVENTS_TOPIC)));
  }
}
