import { LookalikeError } from './errors.js';
import { parseImageId } from './image-id.js';
import type { NewRecord } from './log-record.js';
import { parseVersion } from './position.js';
import type { ImageRecordState, NamedVectors, VectorRecord } from './vector-record.js';

/**
 * Layout of a record's value: u32 LE length of the JSON head, the head in UTF-8 padded with spaces to a multiple of
 * four, then each vector as float32 LE in the order of the head's `vectors` list. 4096-d costs 16 KiB and no parsing.
 */
const CONTENT_TYPE = 'application/vnd.lookalike.vector.v1';
const PREFIX_BYTES = 4;
const FLOAT_BYTES = Float32Array.BYTES_PER_ELEMENT;

const STATES: ReadonlySet<unknown> = new Set<ImageRecordState>(['ready', 'failed', 'deleted']);

type Head = Record<string, unknown> & { vectors: [name: string, size: number][] };

export function encodeVectorRecord(record: VectorRecord): NewRecord {
  const vectors = record.state === 'ready' ? Object.entries(record.vectors) : [];
  const head: Head = { ...record, vectors: vectors.map(([name, vector]) => [name, vector.length]) };
  const json = Buffer.from(JSON.stringify(head));
  const headBytes = Math.ceil(json.length / FLOAT_BYTES) * FLOAT_BYTES;
  const sizeBytes = vectors.reduce((sum, [, vector]) => sum + vector.byteLength, PREFIX_BYTES + headBytes);
  const value = Buffer.alloc(sizeBytes, 0x20);
  value.writeUInt32LE(headBytes, 0);
  json.copy(value, PREFIX_BYTES);
  let at = PREFIX_BYTES + headBytes;
  for (const [, vector] of vectors) {
    value.set(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength), at);
    at += vector.byteLength;
  }
  return { key: record.imageId, value, headers: { 'content-type': CONTENT_TYPE } };
}

/** Vectors are views into `value` where its alignment allows. @throws LookalikeError `invalid-record`. */
export function decodeVectorRecord({ value }: Pick<NewRecord, 'value'>): VectorRecord {
  if (value === null || value.length < PREFIX_BYTES) throw broken('is empty');
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  const headEnd = PREFIX_BYTES + bytes.readUInt32LE(0);
  if (headEnd > bytes.length) throw broken('ends inside its head');
  const { vectors: sizes, ...rest } = parseHead(bytes.toString('utf8', PREFIX_BYTES, headEnd));
  const vectors = readVectors(bytes, headEnd, sizes);
  return (rest.state === 'ready' ? { ...rest, vectors } : rest) as unknown as VectorRecord;
}

function parseHead(text: string): Head {
  let head: unknown;
  try {
    head = JSON.parse(text);
  } catch (cause) {
    throw broken('has a head that is not JSON', cause);
  }
  if (typeof head !== 'object' || head === null) throw broken('has a head that is not an object');
  const { state, imageId, version, vectors } = head as Record<string, unknown>;
  if (!STATES.has(state)) throw broken('has a head without a state');
  try {
    parseImageId(imageId);
    parseVersion(version);
  } catch (cause) {
    throw broken('has a head without image and version', cause);
  }
  if (!Array.isArray(vectors) || !vectors.every(isNamedSize)) throw broken('has a head without a list of vectors');
  return head as Head;
}

function isNamedSize(value: unknown): boolean {
  const [name, size] = Array.isArray(value) ? value : [];
  return typeof name === 'string' && Number.isSafeInteger(size) && size >= 0;
}

function readVectors(bytes: Buffer, start: number, sizes: Head['vectors']): NamedVectors {
  let at = start;
  const vectors = sizes.map(([name, size]) => {
    const end = at + size * FLOAT_BYTES;
    if (end > bytes.length) throw broken(`ends inside its vector ${name}`);
    const address = bytes.byteOffset + at;
    const vector =
      address % FLOAT_BYTES === 0
        ? new Float32Array(bytes.buffer, address, size)
        : new Float32Array(new Uint8Array(bytes.subarray(at, end)).buffer);
    at = end;
    return [name, vector] as const;
  });
  if (at !== bytes.length) throw broken('has bytes after its last vector');
  return Object.fromEntries(vectors);
}

function broken(what: string, cause?: unknown): LookalikeError {
  return new LookalikeError('invalid-record', `The vector record ${what}.`, { cause });
}
