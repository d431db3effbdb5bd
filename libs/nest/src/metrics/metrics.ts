import { Injectable } from '@nestjs/common';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** From a millisecond, for a look-up, to ten seconds, for a slow batch. */
const DURATIONS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** From at once to a day behind. */
const DELAYS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400];
const BATCH_SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

/** Queues and places that have a limit: what of each is taken. */
export const QUEUES = [
  'encoder',
  'uploads',
  'bulk_imports',
  'copy_checks',
  'search_uploads',
  'searches_running',
  'searches_waiting',
  'second_looks',
  'browsing_running',
  'browsing_waiting',
  'duplicates_running',
  'duplicates_waiting',
  'visibility_waits',
] as const;
export type QueueName = (typeof QUEUES)[number];

/**
 * The numbers of one application, in one place, so that their names and labels are seen together. A label has few values, all of
 * them ours: nothing that a publisher or a client chooses.
 */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  readonly httpDurations = this.#histogram(
    'lookalike_http_request_duration_seconds',
    'From the first byte of a request to the last of its answer, by route.',
    ['method', 'route', 'status'],
    DURATIONS,
  );
  readonly searchDurations = this.#histogram(
    'lookalike_search_duration_seconds',
    'Searches, waiting for their turn included; outcome is ok or the code of the error.',
    ['by', 'mode', 'outcome'],
    DURATIONS,
  );
  readonly searchableDelays = this.#histogram(
    'lookalike_searchable_delay_seconds',
    'From the time of an event to when searches see what became of it. A rebuild counts old events.',
    [],
    DELAYS,
  );
  readonly stageRecords = this.#counter('lookalike_stage_records_total', 'Records committed.', ['stage']);
  readonly stageBatches = this.#counter('lookalike_stage_batches_total', 'Batches committed.', ['stage']);
  readonly batchRecords = this.#histogram(
    'lookalike_stage_batch_records',
    'Records of each batch as it was handed out.',
    ['stage'],
    BATCH_SIZES,
  );
  readonly stepDurations = this.#histogram(
    'lookalike_stage_step_duration_seconds',
    'Each try of preparing a batch, of its effect and of its commit.',
    ['stage', 'step'],
    DURATIONS,
  );
  readonly stageFaults = this.#counter(
    'lookalike_stage_faults_total',
    'Tries that met something broken; each is repeated.',
    ['stage', 'step'],
  );
  readonly deadLetters = this.#counter('lookalike_dead_letters_total', 'Events set aside.', ['stage', 'reason']);
  readonly overwrittenEvents = this.#counter(
    'lookalike_stage_overwritten_events_total',
    'Events that came to nothing, since a later one of the same image was there.',
    ['stage'],
  );
  readonly collectedBlobs = this.#counter(
    'lookalike_collected_blobs_total',
    'Blobs that a collection has looked at, by what became of them.',
    ['outcome'],
  );

  readonly #queues = new Map<QueueName, () => number>();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    this.gauge(
      'lookalike_queue_depth',
      'What of each bounded queue or number of places is taken.',
      ['queue'],
      (set) => {
        for (const [queue, depth] of this.#queues) set({ queue }, depth());
      },
    );
  }

  /** `depth` is asked at each scrape. */
  queue(name: QueueName, depth: () => number): void {
    this.#queues.set(name, depth);
  }

  /** A number that is asked for at each scrape. Labels that `collect` does not set are gone. */
  gauge<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    collect: (set: (labels: Readonly<Record<L, string>>, value: number) => void) => void | Promise<void>,
  ): void {
    this.registry.registerMetric(
      new Gauge({
        name,
        help,
        labelNames: [...labelNames],
        registers: [],
        async collect() {
          this.reset();
          await collect((labels, value) => this.set({ ...labels }, value));
        },
      }),
    );
  }

  #counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> {
    return new Counter({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  }

  #histogram<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    buckets: readonly number[],
  ): Histogram<L> {
    return new Histogram({
      name,
      help,
      labelNames: [...labelNames],
      buckets: [...buckets],
      registers: [this.registry],
    });
  }
}
