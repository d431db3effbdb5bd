import type { ImageId } from '#core';
import { visitEvents } from '../audit/logged-events.js';
import { openLetterReferences, pictureOf, type ReferenceSource, wholeEvents } from './log-references.js';

export interface ReferencedAmongOptions extends ReferenceSource {
  /** An image whose own events and dead letters do not count. */
  readonly except?: ImageId;
}

/**
 * Which of a few pictures something still refers to, read once from the log up to where it ends now: the last event of an
 * image, or an open dead letter. Memory is for the images that name one of them. Reads all events: 25 s for a million.
 *
 * Who puts a picture now, and publishes it in a moment, is not among what is read. To delete one at once is safe only if
 * whoever asks for it may lose that race; else withdraw it, or leave it to the collection.
 * @param hashes SHA-256 of pictures, in lowercase hex.
 * @throws `log-incomplete` when the log has lost its beginning, `log-damaged` and other faults of the log, the signal's
 * reason.
 */
export async function referencedAmong(
  options: ReferencedAmongOptions,
  hashes: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const found = new Set(await picturesAmong(options, hashes));
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
