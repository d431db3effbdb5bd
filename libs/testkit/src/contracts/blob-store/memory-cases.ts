import { Readable } from 'node:stream';
import type { BlobStoreUnderTest } from './blob-store-under-test.js';
import { MIB, watchMemory, zeros } from './bytes.js';

export function memoryCases(made: () => BlobStoreUnderTest): void {
  const store = () => made().store;

  const TOTAL = 128 * MIB;
  const OTHER = 16 * MIB;

  test('a large blob streams through in bounded memory, both ways, at the reader’s pace', async () => {
    const memory = watchMemory();
    const info = await store().put(Readable.from(zeros(TOTAL, memory.look)), { maxBytes: TOTAL });
    expect(info.sizeBytes).toBe(TOTAL);
    const { stream } = await store().open(info.sha256);
    stream.once('readable', () => {});
    // As long as reading another one takes: a stream that does not wait for its reader would have come far.
    const other = await store().put(Readable.from(zeros(OTHER, memory.look)), { maxBytes: OTHER });
    for await (const _ of (await store().open(other.sha256)).stream) memory.look();
    expect(stream.readableLength).toBeGreaterThan(0);
    expect(stream.readableLength).toBeLessThan(2 * MIB);
    let sizeBytes = 0;
    for await (const chunk of stream) {
      sizeBytes += chunk.length;
      memory.look();
    }
    expect(sizeBytes).toBe(TOTAL);
    expect(memory.grownBytes()).toBeLessThan(TOTAL / 2);
  }, 60_000);
}
