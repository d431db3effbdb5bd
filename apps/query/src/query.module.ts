import {
  Inject,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import type { BlobStore, Encoders, EventLog, FetchLink, VectorIndex } from '#core';
import {
  BLOB_STORE,
  blobsPart,
  ENCODERS,
  EVENT_LOG,
  FETCH_LINK,
  HealthModule,
  HealthParts,
  IMAGE_STATUSES,
  indexPart,
  Metrics,
  SETTINGS,
  VECTOR_INDEX,
} from '#nest';
import { DuplicateDecisions, type ImageStatuses, WaitingImages } from '#pipeline';
import { Calibrations, DuplicateGroups, ImageBrowser, ImageSearch, SecondLooks } from '#search';
import { BrowseController } from './browse/browse.controller.js';
import { DuplicatesController } from './duplicates/duplicates.controller.js';
import { Duplicates } from './duplicates/duplicates.js';
import { ImagesController } from './images.controller.js';
import { LostThumbnails } from './lost-thumbnails.js';
import { PageController } from './page.controller.js';
import { PictureUpload } from './picture-upload.js';
import type { QuerySettings } from './query-settings.js';
import { SearchController } from './search/search.controller.js';
import { Searches } from './search/searches.js';
import { StatusWait } from './status-wait.js';
import { ThumbnailController } from './thumbnail.controller.js';

/** For what follows the log: tells of a fault that lasts once, and when it is over. */
function tellOf(what: string, type: { readonly name: string }): (error: unknown) => void {
  const logger = new Logger(type.name);
  return (error) => {
    if (error === null) logger.log(`${what} are read again.`);
    else logger.error({ err: error }, `${what} cannot be read now; searches go by what was read before.`);
  };
}

/** Searching, what became of an image, and the page. The application around it provides the ports, globally. */
@Module({
  imports: [HealthModule],
  controllers: [
    SearchController,
    BrowseController,
    DuplicatesController,
    ImagesController,
    ThumbnailController,
    PageController,
  ],
  providers: [
    PictureUpload,
    StatusWait,
    LostThumbnails,
    Searches,
    Duplicates,
    {
      provide: DuplicateGroups,
      inject: [EVENT_LOG],
      useFactory: (log: EventLog) =>
        new DuplicateGroups({ log, file: '', onFault: tellOf('Duplicates', DuplicateGroups) }),
    },
    {
      provide: DuplicateDecisions,
      inject: [EVENT_LOG, IMAGE_STATUSES, BLOB_STORE],
      useFactory: (log: EventLog, statuses: Pick<ImageStatuses, 'latest'>, blobs: BlobStore) =>
        new DuplicateDecisions({ log, statuses, blobs }),
    },
    { provide: WaitingImages, inject: [EVENT_LOG], useFactory: (log: EventLog) => new WaitingImages(log) },
    {
      provide: Calibrations,
      inject: [EVENT_LOG],
      useFactory: (log: EventLog) => new Calibrations(log, tellOf('Calibrations', Calibrations)),
    },
    {
      provide: SecondLooks,
      inject: [SETTINGS],
      useFactory: ({ search }: QuerySettings) =>
        new SecondLooks({ threads: search.secondLookThreads, maxWaiting: search.maxAtOnce + search.maxWaiting }),
    },
    {
      provide: ImageSearch,
      inject: [VECTOR_INDEX, ENCODERS, BLOB_STORE, FETCH_LINK, SETTINGS, SecondLooks, Calibrations, DuplicateGroups],
      useFactory: (
        index: VectorIndex,
        encoders: Encoders,
        blobs: BlobStore,
        fetchLink: FetchLink,
        { search, server }: QuerySettings,
        looks: SecondLooks,
        models: Calibrations,
        duplicates: DuplicateGroups,
      ) =>
        new ImageSearch({
          index,
          encoders,
          blobs,
          fetchLink,
          looks,
          models,
          duplicates,
          precision: search.matchPrecision,
          maxBytes: server.maxUploadBytes,
          maxSearches: search.maxAtOnce,
          maxWaiting: search.maxWaiting,
          timeoutMs: search.timeoutSeconds * 1000,
        }),
    },
    {
      provide: ImageBrowser,
      inject: [VECTOR_INDEX, SETTINGS],
      useFactory: (index: VectorIndex, { search }: QuerySettings) =>
        new ImageBrowser({ index, timeoutMs: search.timeoutSeconds * 1000 }),
    },
  ],
  exports: [Searches],
})
export class QueryModule implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  constructor(
    @Inject(HealthParts) health: HealthParts,
    @Inject(VECTOR_INDEX) index: VectorIndex,
    @Inject(BLOB_STORE) blobs: BlobStore,
    @Inject(ENCODERS) encoders: Encoders,
    @Inject(ImageSearch) search: ImageSearch,
    @Inject(SecondLooks) private readonly looks: SecondLooks,
    @Inject(DuplicateGroups) private readonly duplicates: DuplicateGroups,
    @Inject(Calibrations) private readonly calibrations: Calibrations,
    @Inject(ImageBrowser) browser: ImageBrowser,
    @Inject(StatusWait) waits: StatusWait,
    @Inject(Metrics) metrics: Metrics,
  ) {
    metrics.queue('encoder', () => encoders.waiting);
    metrics.queue('second_looks', () => looks.waiting);
    metrics.queue('searches_running', () => search.underWay.running);
    metrics.queue('searches_waiting', () => search.underWay.waiting);
    metrics.queue('browsing_running', () => browser.underWay.running);
    metrics.queue('browsing_waiting', () => browser.underWay.waiting);
    metrics.queue('visibility_waits', () => waits.waiting);
    health.add(indexPart(index), blobsPart(blobs));
  }

  onApplicationBootstrap(): void {
    this.duplicates.start();
    this.calibrations.start();
  }

  /** Before the log is closed. */
  async onModuleDestroy(): Promise<void> {
    await Promise.all([this.duplicates.close(), this.calibrations.close()]);
  }

  onApplicationShutdown(): Promise<void> {
    return this.looks.close();
  }
}
