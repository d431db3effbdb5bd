import type { Readable } from 'node:stream';

const DRAINED_BYTES = 16 * 1024;
const DRAIN_TIMEOUT_MS = 1000;

/**
 * Reads the body of an answer that is not the picture and forgets it, so that its connection can be used again. True when
 * that was all of it; a longer or slower one costs its connection. Never throws.
 */
export function drainBody(body: Readable): Promise<boolean> {
  return new Promise((resolve) => {
    let leftBytes = DRAINED_BYTES;
    const timer = setTimeout(() => body.destroy(), DRAIN_TIMEOUT_MS);
    body.once('close', () => {
      clearTimeout(timer);
      resolve(body.readableEnded);
    });
    body.on('error', () => {});
    body.on('data', (chunk: Buffer) => {
      leftBytes -= chunk.length;
      if (leftBytes < 0) body.destroy();
    });
  });
}
