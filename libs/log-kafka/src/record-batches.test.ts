import { gzipSync } from 'node:zlib';
import Encoder from 'kafkajs/src/protocol/encoder';
import { readRecordBatches } from './record-batches.js';

const RECORDS_PER_READ = 10_000;

describe('the record batches of an answer', () => {
  test('are read in order, as far as they are whole', async () => {
    const bytes = Buffer.concat([batch({ offset: 5, records: 2 }), batch({ offset: 7, records: 1 })]);
    expect(await offsetsIn(bytes, 0)).toEqual([5, 6, 7]);
    expect(await offsetsIn(bytes, 6)).toEqual([6, 7]);
    expect(await offsetsIn(bytes.subarray(0, -1), 0)).toEqual([5, 6]);
    expect(await offsetsIn(batch({ records: 2 }).subarray(0, -1), 0)).toEqual([]);
    expect(await offsetsIn(Buffer.alloc(0), 0)).toEqual([]);
  });

  test('that compaction has emptied, or has taken the end of, are passed', async () => {
    const end = { isControlRecord: true, key: null, value: null };
    const emptied = Buffer.concat([batch({ offset: 5, records: 0, lastOffsetDelta: 4, codec: 1 }), Buffer.alloc(70)]);
    expect(await readRecordBatches(emptied, 5)).toMatchObject([{ offset: '9', ...end }]);
    const shortened = batch({ offset: 5, records: 2, lastOffsetDelta: 4 });
    expect(await readRecordBatches(shortened, 5)).toMatchObject([
      { offset: '5' },
      { offset: '6' },
      { offset: '9', ...end },
    ]);
    expect(await readRecordBatches(shortened, 7)).toMatchObject([{ offset: '9', ...end }]);
  });

  test('of very many small records are read in parts', async () => {
    const bytes = Buffer.concat([batch({ records: 200_000, codec: 1 }), batch({ offset: 200_000, records: 1 })]);
    let next = 0;
    let reads = 0;
    for (let read = [0]; read.length > 0; reads++) {
      read = await offsetsIn(bytes, next);
      expect(read).toEqual(read.map((_, i) => next + i));
      expect(read.length).toBeLessThanOrEqual(RECORDS_PER_READ);
      next += read.length;
    }
    expect(next).toBe(200_001);
    expect(reads).toBe(22);
  });

  test.each([
    ['gzip', { codec: 1, packed: Buffer.from('no gzip') }],
    ['unknown (5)', { codec: 5 }],
    ['none', { packed: Buffer.from([20, 0, 0]) }],
    ['none', { packed: Buffer.alloc(0) }],
    ['format 1', { magic: 1 }],
  ])('with codec %s that cannot be read are named, when all before them have been', async (codec, broken) => {
    const damaged = batch({ offset: 8, records: 1, ...broken });
    await expect(readRecordBatches(damaged, 8)).rejects.toMatchObject({ name: 'UnreadableBatch', codec, offset: 8 });
    expect(await offsetsIn(Buffer.concat([batch({ offset: 7, records: 1 }), damaged]), 0)).toEqual([7]);
  });

  test('with a length that cannot be end the reading there', async () => {
    const broken = batch({ offset: 8, records: 1 });
    broken.writeInt32BE(-73, 8);
    await expect(readRecordBatches(broken, 8)).rejects.toMatchObject({ name: 'UnreadableBatch', offset: 8 });
  });

  test('have the time, the transaction and the producer of each record', async () => {
    const [message] = await readRecordBatches(batch({ offset: 2 ** 53 - 1, records: 1, attributes: 0x18 }), 0);
    expect(message).toMatchObject({
      offset: '9007199254740991',
      timestamp: '1795000000999',
      key: null,
      value: null,
      headers: {},
      isControlRecord: false,
      batchContext: { producerId: '42', inTransaction: true },
    });
    const [marker] = await readRecordBatches(batch({ records: 1, attributes: 0x30 }), 0);
    expect(marker).toMatchObject({ timestamp: '1795000000000', isControlRecord: true });
  });
});

async function offsetsIn(bytes: Buffer, from: number): Promise<number[]> {
  return (await readRecordBatches(bytes, from)).map((it) => Number(it.offset));
}

interface BatchParts {
  readonly offset?: number;
  readonly records: number;
  readonly lastOffsetDelta?: number;
  readonly codec?: number;
  readonly magic?: number;
  readonly attributes?: number;
  readonly packed?: Buffer;
}

/** A batch as a broker keeps it (KIP-98), of records without key, value and headers. */
function batch({ offset = 0, records, codec = 0, magic = 2, attributes = 0, ...more }: BatchParts): Buffer {
  const { lastOffsetDelta = records - 1, packed = body(records, codec) } = more;
  const { buffer } = new Encoder()
    .writeInt64(offset)
    .writeInt32(49 + packed.length)
    .writeInt32(0)
    .writeInt8(magic)
    .writeInt32(0)
    .writeInt16(attributes | codec)
    .writeInt32(lastOffsetDelta)
    .writeInt64(1_795_000_000_000)
    .writeInt64(1_795_000_000_999)
    .writeInt64(42)
    .writeInt16(0)
    .writeInt32(0)
    .writeInt32(records);
  return Buffer.concat([buffer, packed]);
}

function body(records: number, codec: number): Buffer {
  const bytes = Buffer.concat(Array.from({ length: records }, (_, i) => record(i)));
  return codec === 1 && records > 0 ? gzipSync(bytes) : bytes;
}

function record(offsetDelta: number): Buffer {
  const { buffer } = new Encoder()
    .writeInt8(0)
    .writeVarInt(0)
    .writeVarInt(offsetDelta)
    .writeVarInt(-1)
    .writeVarInt(-1)
    .writeVarInt(0);
  return Buffer.concat([new Encoder().writeVarInt(buffer.length).buffer, buffer]);
}
