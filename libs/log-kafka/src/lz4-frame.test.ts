import { randomBytes } from 'node:crypto';
import { compressFrameSync } from 'lz4-napi';
import { unpackedSizeOf } from './lz4-frame.js';

describe('the unpacked size of an LZ4 frame', () => {
  test.each([
    ['nothing', Buffer.alloc(0)],
    ['a few bytes', Buffer.from('hello')],
    ['zeros over several blocks', Buffer.alloc(3_000_000)],
    ['what does not pack', randomBytes(300_000)],
    ['text', Buffer.from(Array.from({ length: 20_000 }, (_, i) => `key-${i} is ${i % 97}\n`).join(''))],
    ['runs of many lengths', Buffer.concat(Array.from({ length: 600 }, (_, i) => Buffer.alloc(i, i)))],
  ])('is known before: %s', (_, bytes) => {
    expect(unpackedSizeOf(compressFrameSync(bytes))).toBe(bytes.length);
    const checked = compressFrameSync(bytes, { blockChecksums: true, contentChecksum: true });
    expect(unpackedSizeOf(checked)).toBe(bytes.length);
  });

  test('is not known of other bytes', () => {
    expect(() => unpackedSizeOf(Buffer.from('no such frame'))).toThrow();
  });
});
