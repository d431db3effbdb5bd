import type { EventLog, LogRecord, Position } from '#core';

/** Records read at one random place: a read costs about as much for a few as for one. */
const RUN_RECORDS = 16;

/** A whole topic, in batches. */
export async function* runsOfRecords(
  log: EventLog,
  topic: string,
  ends: readonly Position[],
  batchRecords: number,
): AsyncGenerator<readonly LogRecord[]> {
  for (const { partition, offset: to } of ends) {
    let batch: LogRecord[] = [];
    for await (const record of log.read({ topic, partition, from: 0, to })) {
      batch.push(record);
      if (batch.length < batchRecords) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }
}

/**
 * Short runs from so many random places, each offset being as likely as another; what follows a gap that compaction
 * left is a bit likelier. A record may come more than once.
 */
export async function* sampledRuns(
  log: EventLog,
  topic: string,
  ends: readonly Position[],
  places: number,
): AsyncGenerator<readonly LogRecord[]> {
  const low = new Map((await log.watermarks(topic)).map((it) => [it.partition, it.low]));
  const ranges = ends
    .map(({ partition, offset: to }) => ({ partition, from: low.get(partition) ?? 0, to }))
    .filter(({ from, to }) => from < to);
  const total = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  for (let place = 0; total > 0 && place < places; place++) {
    let at = Math.floor(Math.random() * total);
    for (const { partition, from, to } of ranges) {
      if (at >= to - from) {
        at -= to - from;
        continue;
      }
      yield await run(log, topic, partition, from + at, to);
      break;
    }
  }
}

async function run(
  log: EventLog,
  topic: string,
  partition: number,
  from: number,
  to: number,
): Promise<readonly LogRecord[]> {
  const records: LogRecord[] = [];
  for await (const record of log.read({ topic, partition, from, to })) {
    records.push(record);
    if (records.length === RUN_RECORDS) break;
  }
  return records;
}
