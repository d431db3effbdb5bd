import type { EventLog, LogRecord, TopicConfig } from '#core';
import { eventually, recordsOf } from '#testkit';

/** A broker that has just started on a busy machine moves leaders for a while. */
const LIMIT_MS = 60_000;

export function makeTopic(log: EventLog, topic: string, config: TopicConfig): Promise<void> {
  return eventually(() => log.ensureTopic(topic, config), LIMIT_MS);
}

/** Everything in a topic, partition by partition. */
export function allOf(log: EventLog, topic: string): Promise<LogRecord[]> {
  return eventually(() => recordsOf(log, topic), LIMIT_MS);
}
