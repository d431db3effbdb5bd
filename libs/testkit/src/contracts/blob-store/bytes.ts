import { Readable } from 'node:stream';

export const MIB = 1024 * 1024;
export const LIMIT = { maxBytes: MIB };

/** The same bytes for the same length and seed. */
export function pseudoRandom(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = Math.imul(seed + 1, 2654435761) | 1;
  for (let i = 0; i < length; i += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

export function inChunks(bytes: Buffer, size: number): Readable {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
  return Readable.from(chunks);
}

export function* endlessChunks(): Iterable<Buffer> {
  for (;;) yield Buffer.alloc(10_000);
}

export function* failingAfter(sizeBytes: number, error: Error): Iterable<Buffer> {
  for (let sent = 0; sent < sizeBytes; sent += 10_000) yield Buffer.alloc(10_000);
  throw error;
}

export function* zeros(sizeBytes: number, look: () => void): Iterable<Buffer> {
  for (let sent = 0; sent < sizeBytes; sent += 64 * 1024) {
    look();
    yield Buffer.alloc(64 * 1024);
  }
}

export async function drain(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export function watchMemory() {
  const start = process.memoryUsage().arrayBuffers;
  let peak = start;
  return {
    look: () => {
      peak = Math.max(peak, process.memoryUsage().arrayBuffers);
    },
    grownBytes: () => peak - start,
  };
}
