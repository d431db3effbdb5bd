import type { ImageId, Position, Version, Watermarks } from '#core';
import type { BucketFiles, VisitEntry } from '../audit/bucket-files.js';
import type { SpilledFiles } from '../audit/spilled-files.js';
import { spillEvents } from '../audit/spilled-sides.js';
import { endsIn } from '../stage-progress.js';
import {
  knownFingerprints,
  openLetterReferences,
  type ReferenceSource,
  visitThumbnails,
  wholeEvents,
} from './log-references.js';
import { bucketKey } from './spilled-copies.js';

/**
 * Everything that refers to a blob, up to where the log ends now: the last event of each image its picture, the last vector
 * record of each image, of each encoder whose generations are known, its thumbnail, and open dead letters what they would
 * need if they were sent again.
 */
export class SpilledReferences {
  readonly #hashes: BucketFiles;

  private constructor(
    private readonly source: ReferenceSource,
    private readonly files: SpilledFiles,
    readonly watermarks: readonly Position[],
  ) {
    this.#hashes = files.side('references');
  }

  /** @throws `log-incomplete`, `log-damaged` and other faults of the log, `storage-unavailable`, the signal's reason. */
  static async read(source: ReferenceSource, files: SpilledFiles): Promise<SpilledReferences> {
    const marks = await wholeEvents(source);
    const references = new SpilledReferences(source, files, endsIn(marks));
    await references.#addPictures(marks);
    for (const fingerprint of await knownFingerprints(source)) await references.#addThumbnails(fingerprint);
    for await (const { sha256 } of openLetterReferences(source)) await references.#add(sha256);
    await references.#hashes.finish();
    return references;
  }

  /** Of one bucket. */
  async hashes(bucket: number): Promise<ReadonlySet<string>> {
    const hashes = new Set<string>();
    await this.#hashes.read(bucket, (sha256) => hashes.add(sha256), this.source.signal);
    return hashes;
  }

  async #addPictures(marks: readonly Watermarks[]): Promise<void> {
    const pictures = this.files.side('pictures');
    await spillEvents(this.source, marks, true, pictures);
    await this.#addLastOfEachImage(pictures);
  }

  async #addThumbnails(fingerprint: string): Promise<void> {
    const thumbnails = this.files.side(`thumbnails-${fingerprint}`);
    await visitThumbnails(this.source, fingerprint, (imageId, version, thumbnail) => {
      const detail = Buffer.from(thumbnail ?? '', 'hex').toString('latin1');
      return thumbnails.add(imageId, { version, state: 'ready', detail });
    });
    await thumbnails.finish();
    await this.#addLastOfEachImage(thumbnails);
  }

  /** @param files whose `detail` is a hash, as Latin-1, or nothing. */
  async #addLastOfEachImage(files: BucketFiles): Promise<void> {
    for (let bucket = 0; bucket < this.files.buckets; bucket++) {
      const last = new Map<ImageId, { readonly version: Version; readonly details: Set<string> }>();
      const visit: VisitEntry = (imageId, _, { version, detail }) => {
        const before = last.get(imageId);
        // A redrive makes records of the same version: whichever the index takes, its thumbnail is there.
        if (before?.version === version) before.details.add(detail);
        else if (before === undefined || version > before.version)
          last.set(imageId, { version, details: new Set([detail]) });
      };
      await files.read(bucket, visit, this.source.signal);
      for (const { details } of last.values()) {
        for (const detail of details) if (detail !== '') await this.#add(Buffer.from(detail, 'latin1').toString('hex'));
      }
    }
    await files.close();
  }

  async #add(sha256: string): Promise<void> {
    await this.#hashes.add(bucketKey(sha256), { version: 0, state: 'ready', detail: '' });
  }
}
