import type { ImageId, Version } from '#core';
import { visitEvents } from '../audit/logged-events.js';
import {
  knownFingerprints,
  openLetterReferences,
  pictureOf,
  type ReferenceSource,
  visitThumbnails,
  wholeEvents,
} from './log-references.js';

export interface ReferencedAmongOptions extends ReferenceSource {
  /** An image whose own events, vectors and dead letters do not count. */
  readonly except?: ImageId;
}

/**
 * Which of a few blobs something still refers to, read once from the log up to where it ends now: the last event of an
 * image, its last vector record of an encoder whose generations are known, or an open dead letter. Memory is for the images
 * that name one of them. Reads the whole log, topics of vectors included: minutes for a million images.
 *
 * Who puts a blob now, and publishes it in a moment, is not among what is read. To delete a blob at once is safe only if
 * whoever asks for it may lose that race; else withdraw it, or leave it to the collection.
 * @param hashes SHA-256 of blobs, in lowercase hex.
 * @throws `log-incomplete` when the log has lost its beginning, `log-damaged` and other faults of the log, the signal's
 * reason.
 */
export async function referencedAmong(
  options: ReferencedAmongOptions,
  hashes: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const found = new Set(await picturesAmong(options, hashes));
  for (const fingerprint of await knownFingerprints(options)) {
    for (const sha256 of await thumbnailsAmong(options, fingerprint, hashes)) found.add(sha256);
  }
  for await (const { key, sha256 } of openLetterReferences(options)) {
    if (key !== options.except && hashes.has(sha256)) found.add(sha256);
  }
  return found;
}

async function picturesAmong(
  { log, signal, except }: ReferencedAmongOptions,
  hashes: ReadonlySet<string>,
): Promise<Iterable<string>> {
  const last = new Map<ImageId, string>();
  const marks = await wholeEvents({ log });
  for (const { partition, low, high } of marks) {
    const range = { log, partition, from: low, to: high, partitions: marks.length, signal };
    await visitEvents(range, (_, event) => {
      if (event === null || event.imageId === except) return undefined;
      const sha256 = pictureOf(event);
      if (sha256 !== null && hashes.has(sha256)) last.set(event.imageId, sha256);
      else last.delete(event.imageId);
      return undefined;
    });
  }
  return last.values();
}

/** Records of an image may lie in any order, so those that name one of the hashes are found first. */
async function thumbnailsAmong(
  { except, ...source }: ReferencedAmongOptions,
  fingerprint: string,
  hashes: ReadonlySet<string>,
): Promise<Iterable<string>> {
  const last = new Map<ImageId, { readonly version: Version; readonly thumbnails: Set<string> }>();
  await visitThumbnails(source, fingerprint, (imageId, version, thumbnail) => {
    if (thumbnail === null || !hashes.has(thumbnail) || imageId === except) return undefined;
    const before = last.get(imageId);
    if (before?.version === version) before.thumbnails.add(thumbnail);
    else if (before === undefined || version > before.version)
      last.set(imageId, { version, thumbnails: new Set([thumbnail]) });
    return undefined;
  });
  if (last.size === 0) return [];
  await visitThumbnails(source, fingerprint, (imageId, version) => {
    if (version > (last.get(imageId)?.version ?? version)) last.delete(imageId);
    return undefined;
  });
  return [...last.values()].flatMap(({ thumbnails }) => [...thumbnails]);
}
