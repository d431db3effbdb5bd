import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ImageId, Watermarks } from '#core';
import type { AuditedPartition, Comparison, Digests, FindingKind } from './audit-report.js';
import type { Entry } from './bucket-files.js';
import type { Findings } from './findings.js';
import type { JoinedImage } from './joined-images.js';
import { asLogged, judge, type SeenAgain } from './judgement.js';
import { RECORDS_PER_TURN } from './logged-events.js';
import { SecondLook } from './second-look.js';
import { elementHash, SetDigest } from './set-digest.js';
import type { AuditedPorts } from './spilled-sides.js';

/** What is wrong with the picture of an image. */
export type BlobFinding = 'blob-missing' | 'blob-changed';

interface Suspect {
  readonly image: JoinedImage;
  /** `null` when the image itself differs. */
  readonly blob: BlobFinding | null;
}

interface PartitionDigests {
  readonly log: SetDigest;
  readonly index: SetDigest;
}

export type ComparedFolds = Pick<Comparison, 'partitions' | 'digests' | 'waiting' | 'goneOn'> &
  Pick<Comparison['log'], 'present' | 'deleted'>;

/**
 * Compares both sides image by image. What differs at the first look may have been changed meanwhile, so it is looked
 * at again before it becomes a finding, and counts in the digest of the index by what is found then.
 */
export class FoldComparison {
  readonly #watermarks: readonly Watermarks[];
  readonly #findings: Findings;
  readonly #digests: readonly PartitionDigests[];
  readonly #secondLook: SecondLook<Suspect>;
  readonly #counts = { present: 0, deleted: 0, waiting: 0, goneOn: 0 };

  constructor(ports: AuditedPorts, watermarks: readonly Watermarks[], findings: Findings) {
    this.#watermarks = watermarks;
    this.#findings = findings;
    this.#digests = watermarks.map(() => ({ log: new SetDigest(), index: new SetDigest() }));
    this.#secondLook = new SecondLook(ports, watermarks, ({ image, blob }, seen) =>
      blob === null ? this.#settle(image, seen) : this.#settleBlob(image, blob, seen),
    );
  }

  async compare(images: Iterable<JoinedImage>): Promise<void> {
    let compared = 0;
    for (const image of images) {
      if (!this.#agrees(image)) await this.#secondLook.add({ image, blob: null });
      compared += 1;
      if (compared % RECORDS_PER_TURN === 0) await nextTurn();
    }
  }

  async suspectBlob(image: JoinedImage, blob: BlobFinding): Promise<void> {
    await this.#secondLook.add({ image, blob });
  }

  /** After the last image. */
  async finish(): Promise<ComparedFolds> {
    await this.#secondLook.finish();
    const whole = { log: new SetDigest(), index: new SetDigest() };
    for (const { log, index } of this.#digests) {
      whole.log.addAll(log);
      whole.index.addAll(index);
    }
    const partitions = this.#watermarks.map(({ partition, low, high }): AuditedPartition => {
      return { partition, low, offset: high, digests: textOf(this.#digestsOf(partition)) };
    });
    return { partitions, digests: textOf(whole), ...this.#counts };
  }

  /** Counts both sides where they agree, else that of the log alone. */
  #agrees({ imageId, partition, logged, indexed, others }: JoinedImage): boolean {
    if (logged === null) return indexed === null;
    const isDeleted = logged.state === 'deleted';
    this.#counts[isDeleted ? 'deleted' : 'present'] += 1;
    const hash = elementHash(imageId, logged.version, isDeleted);
    this.#digestsOf(partition).log.add(hash);
    if (indexed === null || others.length > 0) return false;
    if (indexed.version !== logged.version || (indexed.state === 'deleted') !== isDeleted) return false;
    this.#digestsOf(partition).index.add(hash);
    this.#noteFailed(imageId, indexed);
    return true;
  }

  async #settle(image: JoinedImage, seen: SeenAgain): Promise<void> {
    const { imageId, logged } = image;
    const judgement = judge(image, seen);
    const first = seen.stored[0] ?? null;
    if (judgement.is === 'gone-on') {
      // It counts as it was at the watermark: the index is on its way from there.
      this.#counts.goneOn += 1;
      if (logged !== null) this.#countIndexed(image, logged);
      return;
    }
    if (first !== null) this.#countIndexed(image, first);
    if (judgement.is === 'waiting') this.#counts.waiting += 1;
    if (judgement.is === 'right' && first !== null) this.#noteFailed(imageId, first);
    if (judgement.is !== 'wrong') return;
    for (const copy of judgement.copies) this.#countIndexed(image, copy);
    for (const kind of judgement.kinds) await this.#find(image, kind, first);
  }

  async #settleBlob(image: JoinedImage, kind: BlobFinding, { stored, later }: SeenAgain): Promise<void> {
    // Who deletes an image, or gives it another picture, may have removed this one.
    if (later === null) await this.#find(image, kind, stored[0] ?? null);
  }

  async #find({ imageId, partition, logged }: JoinedImage, kind: FindingKind, stored: Entry | null): Promise<void> {
    const indexed = stored === null ? null : { version: stored.version, state: stored.state };
    await this.#findings.add({ kind, imageId, partition, logged: asLogged(logged), indexed });
  }

  #noteFailed(imageId: ImageId, { version, state, detail }: Entry): void {
    if (state === 'failed') this.#findings.addFailed(imageId, version, detail);
  }

  #countIndexed({ imageId, partition }: JoinedImage, { version, state }: Entry): void {
    this.#digestsOf(partition).index.add(elementHash(imageId, version, state === 'deleted'));
  }

  #digestsOf(partition: number): PartitionDigests {
    return this.#digests[partition] as PartitionDigests;
  }
}

function textOf({ log, index }: PartitionDigests): Digests {
  return { log: log.toString(), index: index.toString() };
}
