import type { ErrorCode } from './errors.js';
import type { GreyCopy } from './grey-copy.js';
import type { ImageState } from './image-event.js';
import type { ImageId } from './image-id.js';
import type { Label } from './label.js';
import type { Version } from './position.js';

/** Vectors of one picture by name, for example `{fc: Float32Array(4096)}`. Each has unit length. */
export type NamedVectors = Readonly<Record<string, Float32Array>>;

interface RecordHead {
  readonly imageId: ImageId;
  readonly version: Version;
  /** When the event happened, in milliseconds since 1970, UTC. */
  readonly eventTimeMs: number;
}

export interface ReadyRecord extends RecordHead {
  readonly state: 'ready';
  readonly image: ImageState;
  readonly vectors: NamedVectors;
  /** 64-bit DCT perceptual hash, 16 lowercase hex digits. */
  readonly perceptualHash: string;
  /** Size of the upright picture, in pixels. */
  readonly width: number;
  readonly height: number;
  /** SHA-256 of the WebP thumbnail in the blob store. */
  readonly thumbnail: string;
  /** Records that were made before it was kept have none. */
  readonly greyCopy?: GreyCopy;
  /** Of an encoder that names classes: what is likely enough, the likeliest first. */
  readonly labels?: readonly Label[];
}

export interface FailureReason {
  readonly code: ErrorCode;
  readonly message: string;
}

export interface FailedRecord extends RecordHead {
  readonly state: 'failed';
  readonly image: ImageState;
  readonly reason: FailureReason;
}

export interface DeletedRecord extends RecordHead {
  readonly state: 'deleted';
}

/**
 * What the embed stage derives from one event, what `image-vectors.<fingerprint>` holds and what the index stores:
 * one image at one version. A deleted record is the tombstone that stops late adds.
 */
export type VectorRecord = ReadyRecord | FailedRecord | DeletedRecord;
export type ImageRecordState = VectorRecord['state'];
