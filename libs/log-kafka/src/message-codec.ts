import { isUtf8 } from 'node:buffer';
import type { Message } from 'kafkajs';
import type { LogRecord, NewRecord } from '#core';
import type { FetchedMessage } from './kafkajs-internals.js';

export function toMessage({ key, value, headers }: NewRecord, partition: number): Message {
  return {
    key,
    partition,
    // A copy: the caller may use its bytes again while they wait to be sent.
    value: value === null ? null : Buffer.from(value),
    headers: { ...headers },
  };
}

/** The last moment that `Date` knows. */
const MAX_TIME_MS = 8.64e15;

/**
 * Bytes of headers that are not UTF-8 become replacement characters. A key that is not UTF-8 is none: of two that differ in
 * such bytes only, both would else name one image.
 */
export function toRecord(topic: string, partition: number, message: FetchedMessage): LogRecord {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers ?? {})) {
    if (value !== null) headers[name] = value.toString('utf8');
  }
  return {
    topic,
    partition,
    offset: Number(message.offset),
    // A publisher may write any 64 bits, and -1 means none.
    timestampMs: Math.min(Math.max(Number(message.timestamp), 0), MAX_TIME_MS),
    key: message.key !== null && isUtf8(message.key) ? message.key.toString('utf8') : null,
    value: message.value,
    headers,
  };
}

/** What a record counts against limits: key, value and headers. */
export function sizeOf({ key, value, headers }: Pick<LogRecord, 'key' | 'value' | 'headers'>): number {
  const headerBytes = Object.entries(headers).reduce(
    (sum, [name, text]) => sum + Buffer.byteLength(name) + Buffer.byteLength(text),
    0,
  );
  return Buffer.byteLength(key ?? '') + (value?.length ?? 0) + headerBytes;
}
