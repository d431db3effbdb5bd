import type { EventLog, LogRecord, TopicConfig } from '#core';
import { eventually } from '#testkit';

/** A broker that has just started on a busy machine moves leaders for a while. */
const LIMIT_MS = 60_000;

export function makeTopic(log: EventLog, topic: string, config: TopicConfig): Promise<void> {
  return eventually(() => log.ensureTopic(topic, config), LIMIT_MS);
}

/** Everything in a topic, partition by partition. */
export function allOf(log: EventLog, topic: string): Promise<LogRecord[]> {
  return eventually(async () => {
    const records: LogRecord[] = [];
    for (const { partition } of await log.watermarks(topic)) {
      for await (const record of log.read({ topic, partition, from: 0 })) records.push(record);
    }
    return records;
  }, LIMIT_MS);
}
