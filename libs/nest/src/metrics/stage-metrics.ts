import type { BatchObserver } from '#pipeline';
import type { Metrics } from './metrics.js';

/** What is measured of a stage's batches, whatever they hold. */
export function batchMetrics(metrics: Metrics, stage: string): BatchObserver {
  return {
    fetched: (records) => metrics.batchRecords.observe({ stage }, records),
    tried: (step, seconds, failed) => {
      // How long a batch is waited for says nothing.
      if (step !== 'fetch') metrics.stepDurations.observe({ stage, step }, seconds);
      if (failed) metrics.stageFaults.inc({ stage, step });
    },
    committed: (records) => {
      metrics.stageBatches.inc({ stage });
      metrics.stageRecords.inc({ stage }, records);
    },
  };
}
