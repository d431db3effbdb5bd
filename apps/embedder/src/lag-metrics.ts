import { setTimeout as pause } from 'node:timers/promises';
import type { Metrics } from '#nest';
import type { NamedStageStatus, StageWatches } from './stage-watches.js';

/** A scrape waits no longer for a log that is away; then there are no lags in it. */
const LIMIT_MS = 2_000;

/** How far each partition is behind, asked when somebody scrapes. */
export function addLagMetrics(metrics: Metrics, watches: Pick<StageWatches, 'statuses'>): void {
  const labels = ['stage', 'role', 'partition'] as const;
  const add = (name: string, help: string, value: 'lag' | 'lagSeconds') =>
    metrics.gauge(name, help, labels, async (set) => {
      for (const { name: stage, role, partitions } of await statusesInTime(watches)) {
        for (const it of partitions) set({ stage, role, partition: String(it.partition) }, it[value]);
      }
    });
  add('lookalike_stage_lag_records', 'Records that are not handled yet.', 'lag');
  add('lookalike_stage_lag_seconds', 'Since the log took the oldest record that is not handled yet.', 'lagSeconds');
}

async function statusesInTime(watches: Pick<StageWatches, 'statuses'>): Promise<readonly NamedStageStatus[]> {
  const over = new AbortController();
  const late = pause(LIMIT_MS, [], { signal: over.signal, ref: false }).catch(() => []);
  try {
    return await Promise.race([watches.statuses(), late]);
  } catch {
    return [];
  } finally {
    over.abort();
  }
}
