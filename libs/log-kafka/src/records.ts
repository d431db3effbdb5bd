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
  const timestampDelta = readTimestampDelta(record);
  const offset = BigInt(batchContext.firstOffset) + BigInt(record.readVarInt());
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
    timestamp: hasLogAppendTime ? maxTimestamp : String(BigInt(firstTimestamp) + timestampDelta),
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

export function offsetDeltaOf(bytes: Buffer): number {
  const record = new Decoder(bytes);
  readTimestampDelta(record);
  return record.readVarInt();
}

/** In ms. Before it stand the attributes, one byte that is not in use. */
function readTimestampDelta(record: Decoder): bigint {
  record.forward(1);
  return BigInt(record.readVarLong().toString());
}
