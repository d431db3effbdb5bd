import { Inject, Injectable, Optional } from '@nestjs/common';
import type { Settings } from '#config';
import { type BlobStore, type ImageId, type ImageState, LookalikeError, WeightedSemaphore } from '#core';
import { BLOB_STORE, invalidRequest, Metrics, SETTINGS, Slots } from '#nest';
import type { Check } from './check-query.js';
import { type Duplicate, FIND_COPIES, type FindCopies } from './duplicate.js';

const MAX_DUPLICATES = 10;
/** Bytes of pictures that are checked at once. A picture that is sent to another process is there three times while it is sent. */
const CHECKED_BYTES = 67_108_864;

/** Whether the collection has a picture already, asked when its bytes are stored and before its event is written. */
@Injectable()
export class CopyCheck {
  readonly #slots: Slots;
  readonly #memory = new WeightedSemaphore(CHECKED_BYTES);
  readonly #maxBytes: number;

  constructor(
    @Optional() @Inject(FIND_COPIES) private readonly findCopies: FindCopies | undefined,
    @Inject(BLOB_STORE) private readonly blobs: BlobStore,
    @Inject(SETTINGS) { server }: Pick<Settings, 'server'>,
    @Inject(Metrics) metrics: Metrics,
  ) {
    this.#slots = new Slots(server.maxUploadsAtOnce, 'checks for copies');
    metrics.queue('copy_checks', () => this.#slots.taken);
    this.#maxBytes = server.maxUploadBytes;
  }

  /** Before anything of the request is read. @throws `invalid-request` where nobody can be asked. */
  requirePossible(check: Check | undefined): void {
    if (check === undefined || this.findCopies !== undefined) return;
    throw invalidRequest([{ field: 'check', rule: 'is not possible here: LOOKALIKE_QUERY_URL is not set' }]);
  }

  /**
   * Leaves out the image itself. @returns `null` where no check is asked for.
   * @throws `already-here` where duplicates are to be refused; `picture-…`, `blob-…`, `too-many-requests`, `search-unavailable` and other
   * faults of searches.
   */
  async duplicates(
    check: Check | undefined,
    imageId: ImageId,
    { sha256, sizeBytes }: ImageState,
  ): Promise<readonly Duplicate[] | null> {
    if (check === undefined) return null;
    const found = await this.#slots.run(() => this.#memory.run(sizeBytes, () => this.#find(sha256)));
    const duplicates = found.filter((it) => it.imageId !== imageId).slice(0, MAX_DUPLICATES);
    const [first] = duplicates;
    if (check === 'refuse' && first !== undefined) throw alreadyHere(first, duplicates);
    return duplicates;
  }

  async #find(sha256: string): Promise<readonly Duplicate[]> {
    if (this.findCopies === undefined) throw new LookalikeError('internal', 'Nobody can be asked for copies.');
    // One more than are told of: the image itself may be among them.
    return this.findCopies(await this.blobs.read(sha256, { maxBytes: this.#maxBytes }), MAX_DUPLICATES + 1);
  }
}

function alreadyHere({ imageId, match }: Duplicate, duplicates: readonly Duplicate[]): LookalikeError {
  const what = match === 'identical' ? 'This file' : 'The same picture';
  return new LookalikeError('already-here', `${what} is already here as ${JSON.stringify(imageId)}.`, {
    facts: { duplicates },
  });
}
