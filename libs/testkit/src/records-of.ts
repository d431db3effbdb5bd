import type { EventLog, LogRecord } from '#core';

/** Everything in a topic, partition by partition. */
export async function recordsOf(log: EventLog, topic: string): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for (const { partition } of await log.watermarks(topic)) {
    for await (const record of log.read({ topic, partition, from: 0 })) records.push(record);
  }
  return records;
}
