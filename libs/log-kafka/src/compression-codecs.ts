import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Decompress } from 'fzstd';
import { decompressFrame } from 'lz4-napi';
import { uncompress } from 'snappyjs';
import { unpackedSizeOf } from './lz4-frame.js';

/** What one record batch may unpack to. A few bytes can claim to be gigabytes. */
const MAX_BATCH_BYTES = 128 * 2 ** 20;
type Unpack = (packed: Buffer) => Buffer | Promise<Buffer>;

/** By the number that a record batch names: what any publisher may have chosen. */
export const CODECS: Readonly<Record<number, readonly [name: string, unpack: Unpack]>> = {
  0: ['none', (bytes) => bytes],
  1: ['gzip', (packed) => promisify(gunzip)(packed, { maxOutputLength: MAX_BATCH_BYTES })],
  2: ['snappy', unpackSnappy],
  3: ['lz4', unpackLz4],
  4: ['zstd', unpackZstd],
};

export function nameOf(codec: number): string {
  return CODECS[codec]?.[0] ?? `unknown (${codec})`;
}

export async function unpack(codec: number, packed: Buffer): Promise<Buffer> {
  const known = CODECS[codec];
  if (known === undefined) throw new Error('No such codec is known.');
  return known[1](packed);
}

const XERIAL_MAGIC = Buffer.from([0x82, ...Buffer.from('SNAPPY'), 0]);
const XERIAL_HEADER_BYTES = 16;

/** Java's clients write blocks, each with its size before it, behind a header; others write one bare block. */
function unpackSnappy(packed: Buffer): Buffer {
  if (!packed.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return uncompress(packed, MAX_BATCH_BYTES);
  const blocks: Buffer[] = [];
  let left = MAX_BATCH_BYTES;
  for (let at = XERIAL_HEADER_BYTES; at < packed.length; ) {
    const end = at + 4 + packed.readUInt32BE(at);
    if (end > packed.length) throw new Error('The last block is cut off.');
    const block = uncompress(packed.subarray(at + 4, end), left);
    left -= block.length;
    blocks.push(block);
    at = end;
  }
  return Buffer.concat(blocks);
}

function unpackLz4(packed: Buffer): Promise<Buffer> {
  if (unpackedSizeOf(packed) > MAX_BATCH_BYTES) throw new Error(`More than ${MAX_BATCH_BYTES} bytes.`);
  return decompressFrame(packed);
}

function unpackZstd(packed: Buffer): Buffer {
  const parts: Uint8Array[] = [];
  let left = MAX_BATCH_BYTES;
  const stream = new Decompress((part) => {
    left -= part.length;
    if (left < 0) throw new Error(`More than ${MAX_BATCH_BYTES} bytes.`);
    parts.push(part);
  });
  stream.push(packed, true);
  return Buffer.concat(parts);
}
