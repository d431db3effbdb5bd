import Encoder from 'kafkajs/src/protocol/encoder';
import { offsetDeltaOf, type RecordContext, readRecord } from './records.js';

const CONTEXT: RecordContext = {
  firstOffset: '10',
  firstTimestamp: '1795000000000',
  maxTimestamp: '1795000000999',
  hasLogAppendTime: false,
  producerId: '-1',
  inTransaction: false,
  isControlBatch: false,
};

describe('a record of a batch', () => {
  test('has its offset, time, key, value and headers, of those with one name the last', () => {
    const bytes = record({
      headers: [
        ['a', '1'],
        ['b', null],
        ['a', '2'],
        ['__proto__', 'x'],
      ],
    });
    expect(offsetDeltaOf(bytes)).toBe(300);
    const { headers, ...rest } = readRecord(bytes, CONTEXT);
    expect(rest).toMatchObject({
      offset: '310',
      timestamp: '1794999999995',
      key: Buffer.from('key'),
      value: Buffer.from('value'),
    });
    expect(Object.entries(headers ?? {}).map(([name, value]) => [name, value?.toString() ?? null])).toEqual([
      ['a', '2'],
      ['b', null],
      ['__proto__', 'x'],
    ]);
    expect(readRecord(bytes, { ...CONTEXT, hasLogAppendTime: true }).timestamp).toBe('1795000000999');
  });

  test('may have very many headers', () => {
    const headers = Array.from({ length: 100_000 }, (_, i) => [`h${i}`, 'v'] as const);
    expect(Object.keys(readRecord(record({ headers }), CONTEXT).headers ?? {})).toHaveLength(100_000);
  });

  test.each([1, 10, 12, 15, 40])('that is cut off %i bytes before its end is refused', (missing) => {
    const bytes = record({
      headers: [
        ['name', 'a value of some length'],
        ['b', 'c'],
      ],
    });
    expect(() => readRecord(bytes.subarray(0, -missing), CONTEXT)).toThrow('cut off');
  });

  test('that promises more headers than it has bytes is refused at once', () => {
    expect(() => readRecord(record({ headers: [], count: 2_000_000_000 }), CONTEXT)).toThrow('cut off');
  });
});

interface RecordParts {
  readonly headers: readonly (readonly [name: string, value: string | null])[];
  readonly count?: number;
}

function record({ headers, count = headers.length }: RecordParts): Buffer {
  const text = (it: string | null) =>
    it === null
      ? new Encoder().writeVarInt(-1).buffer
      : Buffer.concat([new Encoder().writeVarInt(Buffer.byteLength(it)).buffer, Buffer.from(it)]);
  return Buffer.concat([
    new Encoder().writeInt8(0).writeVarInt(-5).writeVarInt(300).buffer,
    text('key'),
    text('value'),
    new Encoder().writeVarInt(count).buffer,
    ...headers.flatMap(([name, value]) => [text(name), text(value)]),
  ]);
}
