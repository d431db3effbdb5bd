const MAGIC = 0x184d2204;
/** Flags of a frame, and what is there when they are set, in bytes. */
const [CONTENT_SIZE_FLAG, CONTENT_SIZE_BYTES] = [0x08, 8];
const [DICTIONARY_FLAG, DICTIONARY_ID_BYTES] = [0x01, 4];
const [BLOCK_CHECKSUM_FLAG, CHECKSUM_BYTES] = [0x10, 4];
const NOT_PACKED = 0x8000_0000;
const LONGER = 15;
const LEAST_MATCH = 4;

/**
 * What an LZ4 frame unpacks to, in bytes, from the lengths in it: to know it before anything is unpacked. After "LZ4
 * Frame Format" 1.6 and "LZ4 Block Format".
 */
export function unpackedSizeOf(frame: Buffer): number {
  if (frame.readUInt32LE() !== MAGIC) throw new Error('It does not begin as an LZ4 frame.');
  const flags = frame.readUInt8(4);
  const has = (flag: number) => (flags & flag) !== 0;
  // Flags, block size and checksum of the head beside what the flags tell of.
  let at = 7 + (has(CONTENT_SIZE_FLAG) ? CONTENT_SIZE_BYTES : 0) + (has(DICTIONARY_FLAG) ? DICTIONARY_ID_BYTES : 0);
  let sizeBytes = 0;
  while (at + 4 <= frame.length) {
    const head = frame.readUInt32LE(at);
    if (head === 0) break;
    const packedBytes = head % NOT_PACKED;
    at += 4;
    sizeBytes += head >= NOT_PACKED ? packedBytes : blockSizeOf(frame.subarray(at, at + packedBytes));
    at += packedBytes + (has(BLOCK_CHECKSUM_FLAG) ? CHECKSUM_BYTES : 0);
  }
  return sizeBytes;
}

/** A sequence of literals, and of a match, which the last one lacks; each length goes on for as long as bytes are 255. */
function blockSizeOf(block: Buffer): number {
  let at = 0;
  let sizeBytes = 0;
  const lengthOf = (start: number) => {
    let length = start;
    for (let byte = start === LONGER ? 255 : 0; byte === 255; length += byte) byte = block[at++] ?? 0;
    return length;
  };
  while (at < block.length) {
    const token = block[at++] ?? 0;
    const literals = lengthOf(token >> 4);
    at += literals;
    sizeBytes += literals;
    if (at >= block.length) break;
    at += 2;
    sizeBytes += lengthOf(token & LONGER) + LEAST_MATCH;
  }
  return sizeBytes;
}
