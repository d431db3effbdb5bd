import { tmpdir } from 'node:os';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Settings } from '#config';
import type { BlobStore, EventLog } from '#core';
import { BLOB_STORE, EVENT_LOG, Metrics, SETTINGS, Slots } from '#nest';
import { BlobCollector, COLLECTION_OUTCOMES, type CollectionReport, collectBlobs } from '#pipeline';

/** One at a time in a process: it reads all of the log. */
const AT_ONCE = 1;
const HOUR_MS = 3_600_000;

/** Collects blobs that nothing refers to: when somebody asks, and from time to time. */
@Injectable()
export class BlobCollections implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #logger = new Logger(BlobCollections.name);
  readonly #slots = new Slots(AT_ONCE, 'collections');
  readonly #collector: BlobCollector | null;

  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(BLOB_STORE) private readonly blobs: BlobStore,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'collection'>,
    @Inject(Metrics) private readonly metrics: Metrics,
  ) {
    const { everyHours } = settings.collection;
    const onFault = (error: unknown) => this.#logger.error({ err: error }, 'Blobs cannot be collected.');
    const collect = async (signal: AbortSignal) => {
      await this.run(false, signal);
    };
    this.#collector =
      everyHours === 0 ? null : new BlobCollector({ log, everyMs: everyHours * HOUR_MS, collect, onFault });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.#collector?.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.#collector?.stop();
  }

  /** @throws `too-many-requests`, `log-incomplete`, faults of the ports, the signal's reason. */
  run(isDryRun: boolean, signal: AbortSignal): Promise<CollectionReport> {
    return this.#slots.run(async () => {
      const { log, blobs } = this;
      const delayMs = this.settings.collection.delayHours * HOUR_MS;
      const report = await collectBlobs({ log, blobs, delayMs, tempFolder: tmpdir(), isDryRun, signal });
      if (!isDryRun) this.#tell(report);
      return report;
    });
  }

  #tell(report: CollectionReport): void {
    const { watermarks: _, isDryRun: __, ...counts } = report;
    this.#logger.log(counts, 'Blobs were collected.');
    for (const outcome of COLLECTION_OUTCOMES) this.metrics.collectedBlobs.inc({ outcome }, report[outcome].blobs);
  }
}
