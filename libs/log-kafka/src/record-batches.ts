import Decoder from 'kafkajs/src/protocol/decoder';
import { nameOf, unpack } from './compression-codecs.js';
import type { FetchedMessage } from './kafkajs-internals.js';
import { offsetDeltaOf, type RecordContext, readRecord } from './records.js';

/** Where the head of a record batch (KIP-98) has what is read of it. */
const LENGTH_AT = 8;
const MAGIC_AT = 16;
const ATTRIBUTES_AT = 21;
const LAST_OFFSET_DELTA_AT = 23;
const FIRST_TIMESTAMP_AT = 27;
const MAX_TIMESTAMP_AT = 35;
const PRODUCER_ID_AT = 43;
const COUNT_AT = 57;
const HEAD_BYTES = 61;
/** What the length of a batch does not count: its offset and itself. */
const BEFORE_LENGTH_BYTES = 12;

const CODEC_BITS = 0x07;
const LOG_APPEND_TIME_BIT = 0x08;
const TRANSACTION_BIT = 0x10;
const CONTROL_BIT = 0x20;
const MAGIC = 2;

/** With more than this of one partition in hand the rest of an answer is left to the next. */
const MAX_RECORDS = 10_000;
const MAX_UNPACKED_BYTES = 16 * 2 ** 20;

/** A record batch whose records cannot be read. */
export class UnreadableBatch extends Error {
  override readonly name = 'UnreadableBatch';

  constructor(
    readonly codec: string,
    /** Of the batch's first record. */
    readonly offset: number,
    cause: unknown,
  ) {
    super(`The ${codec} batch at offset ${offset} cannot be unpacked.`, { cause });
  }
}

/**
 * The records of a fetch's answer for one partition, from offset `from` on: of its whole batches, as far as they can be
 * read, up to a limit. Whoever asks again behind the last of them goes on there, be it in the middle of a batch.
 * Where a batch ends with offsets that compaction has taken, a control record, which nobody is handed, stands for the
 * last of them: a batch that compaction has emptied would else be fetched for ever.
 * @throws UnreadableBatch when nothing lies before it.
 */
export async function readRecordBatches(bytes: Buffer, from: number): Promise<readonly FetchedMessage[]> {
  const messages: FetchedMessage[] = [];
  let unpackedBytes = 0;
  for (const batch of wholeBatchesIn(bytes)) {
    const left = MAX_RECORDS - messages.length;
    if (left <= 0 || unpackedBytes >= MAX_UNPACKED_BYTES) break;
    try {
      const { read, sizeBytes } = await readBatch(batch, from, left);
      for (const it of read) messages.push(it);
      unpackedBytes += sizeBytes;
    } catch (cause) {
      if (messages.length > 0) break;
      throw new UnreadableBatch(codecNameOf(batch), firstOffsetOf(batch), cause);
    }
  }
  return messages;
}

/** Bytes are cut off where the limit of the fetch was. */
function* wholeBatchesIn(bytes: Buffer): Iterable<Buffer> {
  for (let at = 0; at + HEAD_BYTES <= bytes.length; ) {
    const end = at + Math.max(HEAD_BYTES, BEFORE_LENGTH_BYTES + bytes.readInt32BE(at + LENGTH_AT));
    if (end > bytes.length) return;
    yield bytes.subarray(at, end);
    at = end;
  }
}

async function readBatch(batch: Buffer, from: number, limit: number) {
  const magic = batch.readInt8(MAGIC_AT);
  if (magic !== MAGIC) throw new Error('It was written in a format from before Kafka 0.11.');
  const context = contextOf(batch);
  const count = batch.readInt32BE(COUNT_AT);
  // One that compaction has emptied names its codec still, and has nothing to unpack.
  const unpacked = count > 0 ? await unpack(codecOf(batch), batch.subarray(HEAD_BYTES)) : Buffer.alloc(0);
  const records = new Decoder(unpacked);
  const firstOffset = firstOffsetOf(batch);
  const lastOffset = firstOffset + batch.readInt32BE(LAST_OFFSET_DELTA_AT);
  const read: FetchedMessage[] = [];
  let next = firstOffset;
  let seen = 0;
  for (; seen < count && read.length < limit; seen++) {
    const record = records.readVarIntBytes();
    if (record === null || records.offset > unpacked.length) throw new Error('A record is cut off.');
    next = firstOffset + offsetDeltaOf(record) + 1;
    if (next > from) read.push(readRecord(record, context));
  }
  if (seen === count && next <= lastOffset) read.push(endOf(lastOffset, context));
  return { read, sizeBytes: unpacked.length };
}

function endOf(offset: number, batchContext: RecordContext): FetchedMessage {
  return { offset: String(offset), timestamp: '0', key: null, value: null, isControlRecord: true, batchContext };
}

function contextOf(batch: Buffer): RecordContext {
  const attributes = batch.readInt16BE(ATTRIBUTES_AT);
  return {
    firstOffset: String(batch.readBigInt64BE()),
    firstTimestamp: String(batch.readBigInt64BE(FIRST_TIMESTAMP_AT)),
    maxTimestamp: String(batch.readBigInt64BE(MAX_TIMESTAMP_AT)),
    hasLogAppendTime: (attributes & LOG_APPEND_TIME_BIT) > 0,
    producerId: String(batch.readBigInt64BE(PRODUCER_ID_AT)),
    inTransaction: (attributes & TRANSACTION_BIT) > 0,
    isControlBatch: (attributes & CONTROL_BIT) > 0,
  };
}

function firstOffsetOf(batch: Buffer): number {
  return Number(batch.readBigInt64BE());
}

function codecOf(batch: Buffer): number {
  return batch.readInt16BE(ATTRIBUTES_AT) & CODEC_BITS;
}

function codecNameOf(batch: Buffer): string {
  const magic = batch.readInt8(MAGIC_AT);
  return magic === MAGIC ? nameOf(codecOf(batch)) : `format ${magic}`;
}
