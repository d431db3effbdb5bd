import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Decompress } from 'fzstd';
import { CompressionCodecs } from 'kafkajs';
import { decompressFrame } from 'lz4-napi';
import { uncompress } from 'snappyjs';

/** What one record batch may unpack to. A few bytes can claim to be gigabytes. */
const MAX_BATCH_BYTES = 128 * 2 ** 20;
/** From the first byte of a record batch to its records. */
const BATCH_HEADER_BYTES = 61;

/** A record batch whose records cannot be unpacked. Thrown through kafkajs, which keeps it as the cause. */
export class UnreadableBatch extends Error {
  override readonly name = 'UnreadableBatch';

  constructor(
    readonly codec: string,
    /** Of the batch's first record. */
    readonly offset: number,
    cause: unknown,
  ) {
    super(`The ${codec} batch at offset ${offset} cannot be unpacked.`, { cause });
  }
}

type Unpack = (packed: Buffer) => Buffer | Promise<Buffer>;

/** By the number that a record batch names. kafkajs takes a batch of a number it does not know for one not packed. */
const UNPACK: Readonly<Record<number, readonly [codec: string, unpack: Unpack]>> = {
  1: ['gzip', (packed) => promisify(gunzip)(packed, { maxOutputLength: MAX_BATCH_BYTES })],
  2: ['snappy', unpackSnappy],
  // Grows at most 255 times, so that a batch that a broker takes stays in bounds.
  3: ['lz4', decompressFrame],
  4: ['zstd', unpackZstd],
  ...Object.fromEntries([5, 6, 7].map((it) => [it, [`unknown (${it})`, refuse]])),
};

/**
 * Lets kafkajs read what any publisher may have written, whichever codec it chose, and fail by name and offset at what
 * cannot be read. The codecs are the process's, as kafkajs keeps them; registering them again changes nothing.
 */
export function registerCodecs(): void {
  const codecs = CompressionCodecs as Record<number, () => object>;
  for (const [number, [name, unpack]] of Object.entries(UNPACK)) {
    // Packing stays kafkajs' own: it has gzip, which is all that is written here.
    const own = number === '1' ? codecs[1]?.() : {};
    const codec = { ...own, decompress: (packed: Buffer) => unpackOrTell(name, unpack, packed) };
    codecs[Number(number)] = () => codec;
  }
}

async function unpackOrTell(codec: string, unpack: Unpack, packed: Buffer): Promise<Buffer> {
  try {
    return await unpack(packed);
  } catch (cause) {
    throw new UnreadableBatch(codec, firstOffsetOf(packed), cause);
  }
}

/** kafkajs hands over only the records. The batch's head lies before them, in the bytes of the same answer. */
function firstOffsetOf(packed: Buffer): number {
  return Number(Buffer.from(packed.buffer, packed.byteOffset - BATCH_HEADER_BYTES, 8).readBigInt64BE());
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

function refuse(): never {
  throw new Error('No such codec is known.');
}
