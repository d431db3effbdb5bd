import Decoder from 'kafkajs/src/protocol/decoder';
import type { FetchedMessage } from './kafkajs-internals.js';

/** What its batch says of a record. */
export interface RecordContext {
  readonly firstOffset: string;
  readonly firstTimestamp: string;
  readonly maxTimestamp: string;
  /** The broker gave the time of `maxTimestamp` to all. */
  readonly hasLogAppendTime: boolean;
  readonly producerId: string;
  readonly inTransaction: boolean;
  readonly isControlBatch: boolean;
}

/**
 * One record of a batch, without its length (KIP-98). kafkajs copies all headers for each of them, so that a record of a
 * hundred kilobytes can take a minute. Of headers with one name the last is kept.
 */
export function readRecord(bytes: Buffer, batchContext: RecordContext): FetchedMessage {
  const record = new Decoder(bytes);
  record.forward(endOfVarint(bytes, TIME_AT));
  const offset = Number(batchContext.firstOffset) + record.readVarInt();
  const key = record.readVarIntBytes();
  const value = record.readVarIntBytes();
  const headers: [name: string, value: Buffer | null][] = [];
  for (let left = record.readVarInt(); left > 0; left--) {
    if (record.offset >= bytes.length) throw cutOff();
    headers.push([(record.readVarIntBytes() ?? Buffer.alloc(0)).toString('utf8'), record.readVarIntBytes()]);
  }
  if (record.offset > bytes.length) throw cutOff();
  const { firstTimestamp, maxTimestamp, hasLogAppendTime, isControlBatch } = batchContext;
  return {
    offset: String(offset),
    timestamp: hasLogAppendTime ? maxTimestamp : String(Number(firstTimestamp) + timestampDeltaOf(bytes)),
    key,
    value,
    headers: Object.fromEntries(headers),
    isControlRecord: isControlBatch,
    batchContext,
  };
}

function cutOff(): Error {
  return new Error('A record is cut off.');
}

/** Of the batch's first offset. Quick, for records that are passed over. */
export function offsetDeltaOf(bytes: Buffer): number {
  return readVarint(bytes, endOfVarint(bytes, TIME_AT));
}

/** In ms of the batch's first time; beyond 2^53 not exact, and no time any more. */
function timestampDeltaOf(bytes: Buffer): number {
  return readVarint(bytes, TIME_AT);
}

/** Before it stand the attributes, one byte that is not in use. */
const TIME_AT = 1;
/** 64 bits in groups of seven. */
const LONGEST_VARINT = 10;

/** Seven bits a byte, the lowest first; zigzag. */
function readVarint(bytes: Buffer, start: number): number {
  const end = endOfVarint(bytes, start);
  let value = 0;
  for (let at = end - 1; at >= start; at--) value = value * 128 + ((bytes[at] ?? 0) & 0x7f);
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

function endOfVarint(bytes: Buffer, start: number): number {
  let at = start;
  while ((bytes[at] ?? 0) >= 0x80 && at < start + LONGEST_VARINT) at += 1;
  return at + 1;
}
