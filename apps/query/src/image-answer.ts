import type { FailureReason, ImageId, ImageState, Version } from '#core';
import type { ImageStatus } from '#pipeline';

/** An image as `GET /v1/images/{id}` tells of it. What is known of the picture is what searches see now. */
export type ImageAnswer = {
  readonly imageId: ImageId;
  readonly state: 'waiting' | 'ready' | 'failed' | 'deleted';
  readonly version: Version | null;
  readonly visibleVersion?: Version;
  readonly reason?: FailureReason;
  readonly width?: number;
  readonly height?: number;
  readonly perceptualHash?: string;
  readonly thumbnail?: string;
} & Partial<Omit<ImageState, 'uri'>>;

/** `null` for an unknown image. One that was waited for and is not visible yet is `waiting`, whatever was before. */
export function imageAnswer(imageId: ImageId, status: ImageStatus, minVersion = -1): ImageAnswer | null {
  const { state, version, visibleVersion, record } = status;
  if (state === 'unknown') return null;
  return {
    imageId,
    state: isVisible(status, minVersion) ? state : 'waiting',
    version,
    ...(visibleVersion === null ? {} : { visibleVersion }),
    ...(record === null ? {} : pictureFacts(imageId, record)),
  };
}

export function isVisible({ visibleVersion }: ImageStatus, minVersion: number): boolean {
  return (visibleVersion ?? -1) >= minVersion;
}

export function thumbnailPath(imageId: ImageId): string {
  return `/v1/images/${encodeURIComponent(imageId)}/thumbnail`;
}

function pictureFacts(imageId: ImageId, record: NonNullable<ImageStatus['record']>): Partial<ImageAnswer> {
  if (record.state === 'deleted') return {};
  const { sha256, sizeBytes, mediaType, attributes } = record.image;
  const image = { sha256, sizeBytes, mediaType, attributes };
  if (record.state === 'failed') return { reason: record.reason, ...image };
  const { width, height, perceptualHash } = record;
  return { ...image, width, height, perceptualHash, thumbnail: thumbnailPath(imageId) };
}
