import type { EventLog, LogRecord, Position } from '#core';

/** The record at one place of a topic; `null` where compaction left none. */
export async function recordAt(
  log: EventLog,
  topic: string,
  { partition, offset }: Position,
): Promise<LogRecord | null> {
  for await (const record of log.read({ topic, partition, from: offset, to: offset + 1 })) return record;
  return null;
}
