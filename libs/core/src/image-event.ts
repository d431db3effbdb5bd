import type { Attributes } from './attributes.js';
import type { ImageId } from './image-id.js';

/** Everything known of a living image: added and updated carry all of it, never a patch. */
export interface ImageState {
  /** Where the bytes are: `blob:<sha256>` for pictures in the blob store, or a link: `http:`, `https:`, `s3:`. */
  readonly uri: string;
  /** Lowercase hex SHA-256 of the bytes. */
  readonly sha256: string;
  readonly sizeBytes: number;
  /** For example `image/jpeg`. */
  readonly mediaType: string;
  readonly attributes: Attributes;
}

interface EventHead {
  /** CloudEvents `id`: unique together with `source`. */
  readonly eventId: string;
  /** CloudEvents `source`: a URI reference naming the publisher. */
  readonly source: string;
  readonly imageId: ImageId;
  /** When it happened, in milliseconds since 1970, UTC. Informative: order comes from positions alone. */
  readonly timeMs: number;
}

export interface ImageAdded extends EventHead {
  readonly kind: 'added';
  readonly state: ImageState;
}
export interface ImageUpdated extends EventHead {
  readonly kind: 'updated';
  readonly state: ImageState;
}
export interface ImageDeleted extends EventHead {
  readonly kind: 'deleted';
}

export type ImageEvent = ImageAdded | ImageUpdated | ImageDeleted;

export const EVENT_TYPES = {
  added: 'io.lookalike.image.added.v1',
  updated: 'io.lookalike.image.updated.v1',
  deleted: 'io.lookalike.image.deleted.v1',
} as const satisfies Record<ImageEvent['kind'], string>;
