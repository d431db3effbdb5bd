import { Logger } from '@nestjs/common';
import { DEAD_LETTER_ACTIONS_TOPIC, type DeadLetter, isImageId, type LogRecord } from '#core';
import type { Fault } from '#pipeline';
import { asLookalikeError } from '../problem/as-lookalike-error.js';

/** A batch may hold thousands of records of hundreds of partitions; so many are named in a line. */
const MAX_NAMED = 16;
/** Events set aside that have a line of their own. */
const LINES_PER_SECOND = 10;

/** A line when a fault begins, not one per retry, and one when it ends. */
export class FaultLog {
  readonly #logger = new Logger(FaultLog.name);
  #sinceMs = 0;

  constructor(
    private readonly stage: string,
    private readonly topic: string,
  ) {}

  write(fault: Fault | null): void {
    const { stage, topic } = this;
    if (fault === null) {
      this.#logger.log({ stage, topic, waitedMs: Math.round(performance.now() - this.#sinceMs) }, 'The stage goes on.');
      return;
    }
    const { during, error, records } = fault;
    this.#sinceMs = performance.now();
    const { code } = asLookalikeError(error);
    this.#logger.error({ stage, topic, during, code, ...batchFacts(records), err: error }, 'The stage waits.');
  }
}

/**
 * A line for each event that is set aside, once, however often its batch is repeated. When more come in a second than have a
 * line of their own, the others of each batch are counted in one.
 */
export class SetAsideLog {
  readonly #logger = new Logger(SetAsideLog.name);
  /** By partition: the last offset that was written of. A batch that is repeated begins before it. */
  readonly #written = new Map<number, number>();
  #second = -1;
  #lines = 0;

  constructor(private readonly stage: string) {}

  write(letters: readonly DeadLetter[]): void {
    const { stage } = this;
    const others: Record<string, number> = {};
    for (const { reason, original } of letters) {
      const { topic, partition, offset, key } = original;
      if (offset <= (this.#written.get(partition) ?? -1)) continue;
      this.#written.set(partition, offset);
      if (this.#hasLine()) {
        const named = { stage, topic, partition, offset, ...(isImageId(key) && { imageId: key }), reason };
        this.#logger.warn(named, 'An event was set aside.');
      } else {
        others[reason.code] = (others[reason.code] ?? 0) + 1;
      }
    }
    if (Object.keys(others).length > 0) this.#logger.warn({ stage, reasons: others }, 'More events were set aside.');
  }

  #hasLine(): boolean {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) this.#lines = 0;
    this.#second = second;
    this.#lines += 1;
    return this.#lines <= LINES_PER_SECOND;
  }
}

/** Where a batch begins in each partition, and whose it is, as far as there is room. */
function batchFacts(records: readonly LogRecord[]) {
  if (records.length === 0) return {};
  const first = new Map<number, number>();
  const imageIds = new Set<string>();
  for (const { topic, partition, offset, key } of records) {
    if (!first.has(partition)) first.set(partition, offset);
    // Keyed by letter.
    if (topic !== DEAD_LETTER_ACTIONS_TOPIC && isImageId(key)) imageIds.add(key);
  }
  const positions = Array.from(first, ([partition, offset]) => ({ partition, offset })).slice(0, MAX_NAMED);
  return { records: records.length, positions, imageIds: [...imageIds].slice(0, MAX_NAMED) };
}
