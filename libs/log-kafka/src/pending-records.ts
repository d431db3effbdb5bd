import type { BatchLimits, LogRecord } from '#core';
import { sizeOf } from './message-codec.js';

interface Sized {
  readonly record: LogRecord;
  readonly sizeBytes: number;
}

/** Fetched records on their way to `next()`: first come, first served, and in order within a partition. */
export class PendingRecords {
  #records: Sized[] = [];
  #sizeBytes = 0;

  get sizeBytes(): number {
    return this.#sizeBytes;
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
