import { LookalikeError } from './errors.js';
import { type ImageId, parseImageId } from './image-id.js';
import type { LogRecord, NewRecord } from './log-record.js';
import type { Version } from './position.js';

/** What came of comparing one version of an image with all that were searchable before it. */
export interface ComparedImage {
  readonly imageId: ImageId;
  readonly version: Version;
  /** When the event happened, in milliseconds since 1970, UTC. */
  readonly eventTimeMs: number;
  readonly picture: ComparedPicture;
  /** To other pictures; that several images have the same bytes needs no link. */
  readonly links: readonly CopyLink[];
}

export interface ComparedPicture {
  /** Of the bytes, in 64 lowercase hex digits. */
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Size of the upright picture, in pixels. */
  readonly width: number;
  readonly height: number;
}

/** Another picture that was made from the same one. */
export interface CopyLink {
  /** Of the other's bytes. */
  readonly sha256: string;
  /** 0 to 1: that it is so, when it was found. */
  readonly probability: number;
  /** How the image has to be turned to lie as the other does, by the words of second looks; `null` where that is not known. */
  readonly turn: string | null;
}

/** What is known of an image that is gone, or cannot be compared. */
export interface UncomparedImage {
  readonly imageId: ImageId;
  readonly picture: null;
}

const COPY_LINKS_TYPE = 'application/vnd.lookalike.copy-links.v1+json';

export function encodeCopyLinks(image: ComparedImage | UncomparedImage): NewRecord {
  const { imageId, ...rest } = image;
  const value = image.picture === null ? null : Buffer.from(JSON.stringify(rest));
  return { key: imageId, value, headers: { 'content-type': COPY_LINKS_TYPE } };
}

/** @throws `invalid-record`, `invalid-image-id`. */
export function decodeCopyLinks({ key, value }: Pick<LogRecord, 'key' | 'value'>): ComparedImage | UncomparedImage {
  const imageId = parseImageId(key);
  if (value === null) return { imageId, picture: null };
  try {
    const { version, eventTimeMs, picture, links } = JSON.parse(Buffer.from(value).toString('utf8'));
    if (isPicture(picture) && Number.isFinite(eventTimeMs) && Array.isArray(links) && links.every(isCopyLink)) {
      return { imageId, version, eventTimeMs, picture, links };
    }
  } catch {
    // Told below.
  }
  throw new LookalikeError('invalid-record', 'What came of comparing an image is not readable.', {
    facts: { imageId },
  });
}

function isPicture(value: unknown): value is ComparedPicture {
  const { sha256, sizeBytes, width, height } = (value ?? {}) as Record<string, unknown>;
  return typeof sha256 === 'string' && [sizeBytes, width, height].every(Number.isFinite);
}

function isCopyLink(value: Record<string, unknown> | null): boolean {
  const isTurn = value?.turn === null || typeof value?.turn === 'string';
  return typeof value?.sha256 === 'string' && Number.isFinite(value.probability) && isTurn;
}
