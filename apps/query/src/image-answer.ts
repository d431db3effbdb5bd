import {
  type FailureReason,
  type ImageId,
  type ImageState,
  type Label,
  LookalikeError,
  type StoredRecord,
  type Version,
} from '#core';
import type { ImageStatus, Waiting } from '#pipeline';

/**
 * An image as `GET /v1/images/{id}` tells of it. `sha256`, `sizeBytes`, `mediaType` and `attributes` are what was
 * accepted last; what was found out about the picture is there only when it is of these very bytes.
 */
export type ImageAnswer = {
  readonly imageId: ImageId;
  readonly state: 'waiting' | 'ready' | 'failed' | 'deleted';
  readonly version: Version | null;
  readonly visibleVersion?: Version;
  readonly waiting?: WaitingAnswer;
  readonly reason?: FailureReason;
  readonly width?: number;
  readonly height?: number;
  readonly perceptualHash?: string;
  readonly thumbnail?: string;
  readonly labels?: readonly Label[];
} & Partial<Omit<ImageState, 'uri'>>;

/** How far behind a waiting image is. */
export interface WaitingAnswer extends Pick<Waiting, 'stage' | 'ahead'> {
  /** Since its event. */
  readonly seconds: number;
}

/** `null` for an unknown image. One that was waited for and is not visible yet is `waiting`, whatever was before. */
export function imageAnswer(imageId: ImageId, status: ImageStatus, minVersion = -1): ImageAnswer | null {
  const { version, visibleVersion, accepted, waiting } = status;
  if (status.state === 'unknown') return null;
  const state = isVisible(status, minVersion) ? status.state : 'waiting';
  return {
    imageId,
    state,
    version,
    ...(visibleVersion === null ? {} : { visibleVersion }),
    ...(waiting === null ? {} : { waiting: waitingAnswer(waiting) }),
    ...(accepted === null ? {} : acceptedFacts(accepted)),
    ...pictureFacts(imageId, status),
    ...(state === 'failed' && status.record?.state === 'failed' ? { reason: status.record.reason } : {}),
  };
}

/** An image as lists have it: what searches see of it. */
export type ListedImage = Omit<ImageAnswer, 'visibleVersion' | 'waiting'> & { readonly eventTime: string };

export function listedImage(record: StoredRecord): ListedImage {
  const { imageId, state, version, eventTimeMs } = record;
  const accepted = record.state === 'deleted' ? null : record.image;
  return {
    imageId,
    state,
    version,
    eventTime: new Date(eventTimeMs).toISOString(),
    ...(accepted === null ? {} : acceptedFacts(accepted)),
    ...pictureFacts(imageId, { record, accepted }),
    ...(record.state === 'failed' ? { reason: record.reason } : {}),
  };
}

export function isVisible({ visibleVersion }: ImageStatus, minVersion: number): boolean {
  return (visibleVersion ?? -1) >= minVersion;
}

function waitingAnswer({ stage, ahead, eventTimeMs }: Waiting): WaitingAnswer {
  return { stage, ahead, seconds: Math.max(0, (Date.now() - eventTimeMs) / 1000) };
}

/** Why an image that is known can't be searched by yet. */
export function stillWaiting(imageId: ImageId, status: Waiting): LookalikeError {
  const waiting = waitingAnswer(status);
  const behind = `${waiting.ahead} before it at the ${waiting.stage} stage, its event ${waiting.seconds.toFixed(1)} s old.`;
  return new LookalikeError('image-not-searchable', `The image is still on its way into the index: ${behind}`, {
    facts: { imageId, state: 'waiting', waiting },
  });
}

export function thumbnailPath(imageId: ImageId): string {
  return `/v1/images/${encodeURIComponent(imageId)}/thumbnail`;
}

function acceptedFacts({ sha256, sizeBytes, mediaType, attributes }: ImageState): Partial<ImageAnswer> {
  return { sha256, sizeBytes, mediaType, attributes };
}

function pictureFacts(
  imageId: ImageId,
  { record, accepted }: Pick<ImageStatus, 'record' | 'accepted'>,
): Partial<ImageAnswer> {
  if (record?.state !== 'ready' || record.image.sha256 !== accepted?.sha256) return {};
  const { width, height, perceptualHash, labels } = record;
  return { width, height, perceptualHash, thumbnail: thumbnailPath(imageId), ...(labels && { labels }) };
}
