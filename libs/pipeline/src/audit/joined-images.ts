import { type ImageId, type Position, winsAgainst } from '#core';
import type { BucketFiles, Entry } from './bucket-files.js';

/** Everything that the sides say of one image. */
export interface JoinedImage {
  readonly imageId: ImageId;
  readonly partition: number;
  /** Its last event below the watermark. */
  logged: Entry | null;
  /** What the scan gave; of several the one that wins. */
  indexed: Entry | null;
  /** What else the scan gave, where that was several. */
  others: readonly Entry[];
  /** What will still be put into the index by the stages; of several the one that wins. */
  pending: Entry | null;
}

export interface Sides {
  readonly logged: BucketFiles;
  readonly indexed: BucketFiles;
  /** Vector records that wait for the index stage; `null` where it has caught up. */
  readonly backlog: BucketFiles | null;
  /** Events from there on wait for the embed stage. */
  readonly embedded: readonly Position[];
}

/**
 * What an image takes in memory while its bucket is joined: 360 with 20 characters and a blob, measured, and garbage.
 */
export const IMAGE_BYTES = 450;
/** Files open at once. Of more images than fit so many, buckets become larger. */
const MAX_BUCKETS = 512;

const NONE: readonly Entry[] = [];

/** So many that the images of one take no more than that. */
export function bucketsFor(images: number, bucketBytes: number): number {
  return Math.min(MAX_BUCKETS, Math.max(1, Math.ceil((images * IMAGE_BYTES) / bucketBytes)));
}

/** Full outer join of one bucket: a table of the log's side, probed with the others. */
export async function joinBucket(
  sides: Sides,
  bucket: number,
  signal?: AbortSignal,
): Promise<ReadonlyMap<ImageId, JoinedImage>> {
  const images = new Map<ImageId, JoinedImage>();
  const imageOf = (imageId: ImageId, partition: number) => {
    const known = images.get(imageId);
    if (known !== undefined) return known;
    const image: JoinedImage = { imageId, partition, logged: null, indexed: null, others: NONE, pending: null };
    images.set(imageId, image);
    return image;
  };
  const visitLogged = (imageId: ImageId, partition: number, entry: Entry) => {
    const image = imageOf(imageId, partition);
    if (image.logged === null || entry.version > image.logged.version) image.logged = entry;
  };
  const visitIndexed = (imageId: ImageId, partition: number, entry: Entry) => {
    const image = imageOf(imageId, partition);
    const before = image.indexed;
    if (before === null) {
      image.indexed = entry;
      return;
    }
    const wins = winsAgainst(entry, before);
    image.indexed = wins ? entry : before;
    image.others = [...image.others, wins ? before : entry];
  };
  const visitPending = (imageId: ImageId, partition: number, entry: Entry) => {
    const image = imageOf(imageId, partition);
    if (image.pending === null || winsAgainst(entry, image.pending)) image.pending = entry;
  };
  await sides.logged.read(bucket, visitLogged, signal);
  await sides.backlog?.read(bucket, visitPending, signal);
  await sides.indexed.read(bucket, visitIndexed, signal);
  for (const image of images.values()) {
    const { logged, partition } = image;
    // What the embed stage will make of it is not known, but that it will win is.
    if (logged !== null && logged.version >= (sides.embedded[partition]?.offset ?? 0)) image.pending = logged;
  }
  return images;
}
