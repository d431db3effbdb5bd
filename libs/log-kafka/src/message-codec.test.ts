import type { FetchedMessage } from './kafkajs-internals.js';
import { toRecord } from './message-codec.js';

const message: FetchedMessage = {
  offset: '7',
  timestamp: '1795000000000',
  key: Buffer.from('cat'),
  value: Buffer.from('x'),
  isControlRecord: false,
  batchContext: { producerId: '-1', inTransaction: false },
};
const record = (change: Partial<FetchedMessage>) => toRecord('image-events', 3, { ...message, ...change });

describe('what foreign publishers write', () => {
  test.each([
    ['-1', 0],
    ['1795000000000', 1_795_000_000_000],
    ['9223372036854775807', 8.64e15],
  ])('the time %s is a moment that Date knows', (timestamp, timestampMs) => {
    expect(record({ timestamp }).timestampMs).toBe(timestampMs);
  });

  test('a header without a value is absent', () => {
    expect(record({ headers: { ce_id: Buffer.from('a'), ce_source: null } }).headers).toEqual({ ce_id: 'a' });
  });

  test('bytes of a header that are not UTF-8 become replacement characters, and a key of such bytes names nothing', () => {
    const bytes = Buffer.from([0x61, 0xff]);
    expect(record({ key: bytes, headers: { ce_id: bytes } })).toMatchObject({
      key: null,
      headers: { ce_id: 'a\ufffd' },
    });
  });

  test('no key, no value, no headers', () => {
    expect(record({ key: null, value: null })).toMatchObject({ key: null, value: null, headers: {} });
  });
});
