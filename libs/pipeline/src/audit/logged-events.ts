import { setImmediate as nextTurn } from 'node:timers/promises';
import { type EventLog, IMAGE_EVENTS_TOPIC, type ImageEvent, type LogRecord } from '#core';
import { loggedEvent } from '../logged-event.js';

/** After so many records others have their turn, and the signal is asked: some 10 ms. */
export const RECORDS_PER_TURN = 1_000;

export interface EventRange {
  readonly log: EventLog;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  /** Of the topic. */
  readonly partitions: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Visits the records of one partition of the events, each with the event that it is; `null` of one that changes
 * nothing. What a visit returns is waited for. A visitor and not an iterator, whose two promises a record take as long
 * as reading it.
 */
export async function visitEvents(
  { log, partitions, signal, ...where }: EventRange,
  visit: (record: LogRecord, event: ImageEvent | null) => Promise<void> | undefined,
): Promise<void> {
  let read = 0;
  for await (const record of log.read({ topic: IMAGE_EVENTS_TOPIC, ...where })) {
    if (read % RECORDS_PER_TURN === 0) {
      await nextTurn();
      signal?.throwIfAborted();
    }
    read += 1;
    const visited = visit(record, loggedEvent(record, partitions));
    if (visited !== undefined) await visited;
  }
}
