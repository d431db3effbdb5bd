import { setImmediate as nextTurn } from 'node:timers/promises';
import { type EventLog, IMAGE_EVENTS_TOPIC, type ImageEvent, type LogRecord } from '#core';
import { loggedEvent } from '../logged-event.js';

/** After so many records others have their turn, and the signal is asked: some 10 ms. */
export const RECORDS_PER_TURN = 1_000;

export interface RecordRange {
  readonly log: EventLog;
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Visits the records of one partition. What a visit returns is waited for. A visitor and not an iterator, whose two promises
 * a record take as long as reading it.
 */
export async function visitRecords(
  { log, signal, ...where }: RecordRange,
  visit: (record: LogRecord) => Promise<void> | undefined,
): Promise<void> {
  let read = 0;
  for await (const record of log.read(where)) {
    if (read % RECORDS_PER_TURN === 0) {
      await nextTurn();
      signal?.throwIfAborted();
    }
    read += 1;
    const visited = visit(record);
    if (visited !== undefined) await visited;
  }
}

export interface EventRange extends Omit<RecordRange, 'topic'> {
  /** Of the topic. */
  readonly partitions: number;
}

/** Visits the records of one partition of the events, each with the event that it is; `null` of one that changes nothing. */
export function visitEvents(
  { partitions, ...range }: EventRange,
  visit: (record: LogRecord, event: ImageEvent | null) => Promise<void> | undefined,
): Promise<void> {
  const withEvent = (record: LogRecord) => visit(record, loggedEvent(record, partitions));
  return visitRecords({ topic: IMAGE_EVENTS_TOPIC, ...range }, withEvent);
}
