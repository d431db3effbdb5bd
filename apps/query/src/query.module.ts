import { Inject, Module } from '@nestjs/common';
import type { BlobStore, Encoders, FetchLink, VectorIndex } from '#core';
import {
  BLOB_STORE,
  blobsPart,
  ENCODERS,
  FETCH_LINK,
  HealthModule,
  HealthParts,
  indexPart,
  Metrics,
  SETTINGS,
  VECTOR_INDEX,
} from '#nest';
import { ImageSearch } from '#search';
import { ImagesController } from './images.controller.js';
import { LostThumbnails } from './lost-thumbnails.js';
import { PageController } from './page.controller.js';
import { PictureUpload } from './picture-upload.js';
import type { QuerySettings } from './query-settings.js';
import { SearchController } from './search/search.controller.js';
import { Searches } from './search/searches.js';
import { StatusWait } from './status-wait.js';
import { ThumbnailController } from './thumbnail.controller.js';

/** Searching, what became of an image, and the page. The application around it provides the ports, globally. */
@Module({
  imports: [HealthModule],
  controllers: [SearchController, ImagesController, ThumbnailController, PageController],
  providers: [
    PictureUpload,
    StatusWait,
    LostThumbnails,
    Searches,
    {
      provide: ImageSearch,
      inject: [VECTOR_INDEX, ENCODERS, BLOB_STORE, FETCH_LINK, SETTINGS],
      useFactory: (
        index: VectorIndex,
        encoders: Encoders,
        blobs: BlobStore,
        fetchLink: FetchLink,
        { search, server }: QuerySettings,
      ) =>
        new ImageSearch({
          index,
          encoders,
          blobs,
          fetchLink,
          maxBytes: server.maxUploadBytes,
          maxSearches: search.maxAtOnce,
          maxWaiting: search.maxWaiting,
          timeoutMs: search.timeoutSeconds * 1000,
        }),
    },
  ],
})
export class QueryModule {
  constructor(
    @Inject(HealthParts) health: HealthParts,
    @Inject(VECTOR_INDEX) index: VectorIndex,
    @Inject(BLOB_STORE) blobs: BlobStore,
    @Inject(ENCODERS) encoders: Encoders,
    @Inject(ImageSearch) search: ImageSearch,
    @Inject(StatusWait) waits: StatusWait,
    @Inject(Metrics) metrics: Metrics,
  ) {
    metrics.queue('encoder', () => encoders.waiting);
    metrics.queue('searches_running', () => search.underWay.running);
    metrics.queue('searches_waiting', () => search.underWay.waiting);
    metrics.queue('visibility_waits', () => waits.waiting);
    health.add(indexPart(index), blobsPart(blobs));
  }
}
