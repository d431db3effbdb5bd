import { setTimeout as sleep } from 'node:timers/promises';
import type { LogRecord, NewRecord } from '#core';
import type { LogReader } from './log-reader.js';

export function record(key: string, value = key): NewRecord {
  return { key, value: Buffer.from(value), headers: {} };
}

export function numbered(key: string, from: number, to: number): NewRecord[] {
  return Array.from({ length: to - from }, (_, i) => record(key, `${from + i}`));
}

/** Records of many keys, so that every partition gets some. */
export function spread(from: number, to: number): NewRecord[] {
  return Array.from({ length: to - from }, (_, i) => record(`spread-${from + i}`));
}

export function text(it: Pick<NewRecord, 'value'> | undefined): string {
  return Buffer.from(it?.value ?? []).toString();
}

export function samePosition(a: LogRecord, b: LogRecord): boolean {
  return a.partition === b.partition && a.offset === b.offset;
}

export function distinct(...readers: LogReader[]): number {
  return new Set(readers.flatMap(({ records }) => records.map((it) => `${it.partition}/${it.offset}`))).size;
}

export async function takeBatches(
  subscription: { next(): Promise<readonly LogRecord[] | null> },
  count: number,
  check: (batch: readonly LogRecord[]) => void = () => {},
): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  while (records.length < count) {
    const batch = await subscription.next();
    if (batch === null) throw new Error(`The subscription ended after ${records.length} of ${count} records`);
    expect(batch.length).toBeGreaterThan(0);
    check(batch);
    records.push(...batch);
  }
  return records;
}

/** Within each partition and each delivery: a repeated delivery starts again lower, a gap in between never. */
export function expectOffsetOrder(records: readonly LogRecord[]): void {
  const last = new Map<number, number>();
  for (const { partition, offset } of records) {
    expect(offset).toBeGreaterThan(last.get(partition) ?? -1);
    last.set(partition, offset);
  }
}

export async function settlesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  return Promise.race([promise.then(() => true), sleep(ms).then(() => false)]);
}

/** What is still referenced, in bytes: garbage is collected first, however Node was started. */
export async function liveBytes(): Promise<number> {
  const { setFlagsFromString } = await import('node:v8');
  const { runInNewContext } = await import('node:vm');
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
