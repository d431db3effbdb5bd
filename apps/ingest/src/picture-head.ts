import { Readable } from 'node:stream';
import type { InspectHead } from './tokens.js';

/** How much of a file tells what it is. */
const HEAD_BYTES = 65_536;

/** A picture's stream with its first bytes looked at: `bytes` gives all of it, from the start. */
export async function inspectStream(
  source: Readable,
  inspectHead: InspectHead,
): Promise<{ readonly mediaType: string; readonly bytes: Readable }> {
  const chunks: AsyncIterator<Buffer> = source[Symbol.asyncIterator]();
  const read: Buffer[] = [];
  let sizeBytes = 0;
  let isComplete = false;
  while (sizeBytes < HEAD_BYTES && !isComplete) {
    const { value, done } = await chunks.next();
    if (done === true) {
      isComplete = true;
    } else {
      read.push(value);
      sizeBytes += value.length;
    }
  }
  const start = Buffer.concat(read);
  const { mediaType } = await inspectHead(start.subarray(0, HEAD_BYTES), isComplete);
  return { mediaType, bytes: Readable.from(joined(start, chunks), { objectMode: false }) };
}

async function* joined(start: Buffer, rest: AsyncIterator<Buffer>): AsyncIterable<Buffer> {
  yield start;
  yield* { [Symbol.asyncIterator]: () => rest };
}
