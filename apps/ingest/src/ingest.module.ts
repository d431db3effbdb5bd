import { Inject, Module } from '@nestjs/common';
import type { Settings } from '#config';
import type { BlobStore, EventLog } from '#core';
import { BLOB_STORE, blobsPart, EVENT_LOG, HealthModule, HealthParts, logPart, SETTINGS } from '#nest';
import { BulkController } from './bulk/bulk.controller.js';
import { BulkImport } from './bulk/bulk-import.js';
import { CopyCheck } from './check/copy-check.js';
import { ImageWriter } from './image-writer.js';
import { ImagesController } from './images.controller.js';
import { LinkedPictures } from './linked-pictures.js';
import { PictureForms } from './picture-forms.js';
import { StoredPictures } from './stored-pictures.js';

/**
 * REST → blob store → log. A global module gives what it needs by token: EVENT_LOG, BLOB_STORE, SETTINGS, IMAGE_STATUSES
 * and INSPECT_HEAD; and FIND_COPIES, where pictures can be checked.
 */
@Module({
  imports: [HealthModule],
  // The bulk path comes first: it is also the form of an image's.
  controllers: [BulkController, ImagesController],
  providers: [BulkImport, CopyCheck, ImageWriter, LinkedPictures, PictureForms, StoredPictures],
})
export class IngestModule {
  constructor(
    @Inject(HealthParts) health: HealthParts,
    @Inject(EVENT_LOG) log: EventLog,
    @Inject(BLOB_STORE) blobs: BlobStore,
    @Inject(SETTINGS) { storage }: Pick<Settings, 'storage'>,
  ) {
    health.add(logPart(log, storage.partitions), blobsPart(blobs));
  }
}
