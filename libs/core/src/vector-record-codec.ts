import { isBlobName } from './blob-rules.js';
import { parseImageState } from './cloud-event-codec.js';
import { LookalikeError } from './errors.js';
import { decodeGreyCopy, encodeGreyCopy } from './grey-copy.js';
import type { ImageState } from './image-event.js';
import { parseImageId } from './image-id.js';
import { parseLabels } from './label.js';
import type { NewRecord } from './log-record.js';
import { parseVersion } from './position.js';
import type { FailureReason, NamedVectors, ReadyRecord, VectorRecord } from './vector-record.js';

/**
 * Layout of a record's value: u32 LE length of the JSON head, which has the grey copy in Base64, the head in UTF-8 padded with spaces to a multiple of
 * four, then each vector as float32 LE in the order of the head's `vectors` list. 4096-d costs 16 KiB and no parsing.
 */
const CONTENT_TYPE = 'application/vnd.lookalike.vector.v1';
const PREFIX_BYTES = 4;
const FLOAT_BYTES = Float32Array.BYTES_PER_ELEMENT;

const PERCEPTUAL_HASH = /^[0-9a-f]{16}$/;

type Sizes = readonly (readonly [name: string, size: number])[];
type PictureFacts = Pick<ReadyRecord, 'perceptualHash' | 'width' | 'height' | 'thumbnail' | 'greyCopy' | 'labels'>;

export function encodeVectorRecord(record: VectorRecord): NewRecord {
  const vectors = record.state === 'ready' ? Object.entries(record.vectors) : [];
  const grey = record.state === 'ready' ? record.greyCopy : undefined;
  const head = {
    ...record,
    vectors: vectors.map(([name, vector]) => [name, vector.length]),
    ...(grey && { greyCopy: encodeGreyCopy(grey) }),
  };
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
  const { vectors: sizes, state, ...fields } = parseHead(bytes.toString('utf8', PREFIX_BYTES, headEnd));
  const vectors = readVectors(bytes, headEnd, sizesIn(sizes));
  const head = identity(fields);
  switch (state) {
    case 'ready':
      return { ...head, state, image: imageIn(fields), vectors, ...pictureFacts(fields) };
    case 'failed':
      return { ...head, state, image: imageIn(fields), reason: reasonIn(fields) };
    case 'deleted':
      return { ...head, state };
    default:
      throw broken('has a head without a state');
  }
}

function parseHead(text: string): Record<string, unknown> {
  let head: unknown;
  try {
    head = JSON.parse(text);
  } catch (cause) {
    throw broken('has a head that is not JSON', cause);
  }
  if (typeof head !== 'object' || head === null) throw broken('has a head that is not an object');
  return head as Record<string, unknown>;
}

function identity({ imageId, version, eventTimeMs }: Record<string, unknown>) {
  if (!Number.isSafeInteger(eventTimeMs)) throw broken('has a head without the time of its event');
  try {
    return { imageId: parseImageId(imageId), version: parseVersion(version), eventTimeMs: eventTimeMs as number };
  } catch (cause) {
    throw broken('has a head without image and version', cause);
  }
}

function imageIn({ image }: Record<string, unknown>): ImageState {
  try {
    return parseImageState(image);
  } catch (cause) {
    throw broken('has a head without the state of its image', cause);
  }
}

function pictureFacts(head: Record<string, unknown>): PictureFacts {
  const { perceptualHash, width, height, thumbnail, greyCopy } = head;
  const grey = greyCopy === undefined ? undefined : decodeGreyCopy(greyCopy);
  const labels = head.labels === undefined ? undefined : parseLabels(head.labels);
  const isWhole =
    typeof perceptualHash === 'string' &&
    PERCEPTUAL_HASH.test(perceptualHash) &&
    typeof thumbnail === 'string' &&
    grey !== null &&
    labels !== null &&
    isBlobName(thumbnail) &&
    [width, height].every((it) => Number.isSafeInteger(it) && (it as number) > 0);
  if (!isWhole) throw broken('has a head without the facts of its picture');
  return {
    perceptualHash,
    width,
    height,
    thumbnail,
    ...(grey && { greyCopy: grey }),
    ...(labels && { labels }),
  } as PictureFacts;
}

/** The code may be another version's. */
function reasonIn({ reason }: Record<string, unknown>): FailureReason {
  const { code, message } = (reason ?? {}) as Record<string, unknown>;
  if (typeof code !== 'string' || typeof message !== 'string') throw broken('has a head without a reason');
  return { code, message } as FailureReason;
}

function sizesIn(vectors: unknown): Sizes {
  if (Array.isArray(vectors) && vectors.every(isNamedSize)) return vectors;
  throw broken('has a head without a list of vectors');
}

function isNamedSize(value: unknown): boolean {
  const [name, size] = Array.isArray(value) ? value : [];
  return typeof name === 'string' && Number.isSafeInteger(size) && size >= 0;
}

function readVectors(bytes: Buffer, start: number, sizes: Sizes): NamedVectors {
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
