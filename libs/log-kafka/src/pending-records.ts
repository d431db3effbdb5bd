import type { BatchLimits, LogRecord } from '#core';
import { sizeOf } from './message-codec.js';

interface Sized {
  readonly record: LogRecord;
  readonly sizeBytes: number;
}

/** What a record without a byte takes: 430 to 500 on Node 20, as the heap grew by 300,000 of them. */
const RECORD_OVERHEAD_BYTES = 512;

/** Fetched records on their way to `next()`: first come, first served, and in order within a partition. */
export class PendingRecords {
  #records: Sized[] = [];
  #sizeBytes = 0;

  /** What waits takes about so much memory. */
  get heldBytes(): number {
    return this.#sizeBytes + this.#records.length * RECORD_OVERHEAD_BYTES;
  }

  add(records: readonly LogRecord[]): void {
    for (const record of records) {
      const sizeBytes = sizeOf(record);
      this.#records.push({ record, sizeBytes });
      this.#sizeBytes += sizeBytes;
    }
  }

  clear(): void {
    this.#records = [];
    this.#sizeBytes = 0;
  }

  /** What the limits allow now, without taking it. A record over `maxBytes` comes alone. */
  batch({ maxRecords, maxBytes }: BatchLimits): { readonly count: number; readonly isFull: boolean } {
    let count = 0;
    let sizeBytes = 0;
    for (const it of this.#records) {
      if (count === maxRecords || (count > 0 && sizeBytes + it.sizeBytes > maxBytes)) return { count, isFull: true };
      count += 1;
      sizeBytes += it.sizeBytes;
    }
    return { count, isFull: count === maxRecords || sizeBytes >= maxBytes };
  }

  take(count: number): readonly LogRecord[] {
    const taken = this.#records.splice(0, count);
    for (const { sizeBytes } of taken) this.#sizeBytes -= sizeBytes;
    return taken.map((it) => it.record);
  }
}
