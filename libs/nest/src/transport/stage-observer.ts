import type { VectorRecord } from '#core';
import type { StageObserver } from '#pipeline';
import type { Metrics } from '../metrics/metrics.js';
import { SetAsideLog } from './stage-log.js';

/** Measures what a stage does, and tells the log what it sets aside. */
export function stageObserver(metrics: Metrics, stage: string): StageObserver {
  const log = new SetAsideLog(stage);
  return {
    setAside: (letters) => {
      for (const { reason } of letters) metrics.deadLetters.inc({ stage, reason: reason.code });
      log.write(letters);
    },
    overwritten: (events) => metrics.overwrittenEvents.inc({ stage }, events),
    visible: ({ eventTimeMs }: Pick<VectorRecord, 'eventTimeMs'>) =>
      metrics.searchableDelays.observe(Math.max(0, (Date.now() - eventTimeMs) / 1000)),
  };
}
