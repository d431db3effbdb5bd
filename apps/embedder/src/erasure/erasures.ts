import { Inject, Injectable, Optional } from '@nestjs/common';
import { type BlobStore, type EventLog, type ImageId, LookalikeError, type VectorIndex } from '#core';
import { BLOB_STORE, EVENT_LOG, Slots, VECTOR_INDEX } from '#nest';
import { type Erasure, eraseImage, type Generations } from '#pipeline';
import { GENERATIONS } from '../tokens.js';

export interface ErasureRequest {
  /** 60 when left out. */
  readonly waitSeconds: number | undefined;
  readonly by: string | null;
  readonly signal: AbortSignal;
}

/** At a time in a process: each reads the log. */
const AT_ONCE = 4;
const WAIT_SECONDS = 60;
/** Many times what ingest takes from storing a picture to appending its event. */
const PUBLISH_MS = 2_000;

@Injectable()
export class Erasures {
  readonly #slots = new Slots(AT_ONCE, 'erasures');

  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(VECTOR_INDEX) private readonly index: VectorIndex,
    @Inject(GENERATIONS) private readonly generations: Generations,
    // Only who embeds has them.
    @Optional() @Inject(BLOB_STORE) private readonly blobs: BlobStore | undefined,
  ) {}

  /** @throws `image-unknown`, `too-many-requests`, `invalid-request`, faults of the ports, the signal's reason. */
  erase(imageId: ImageId, request: ErasureRequest): Promise<Erasure> {
    return this.#slots.run(() => this.#erase(imageId, request));
  }

  #erase(imageId: ImageId, { waitSeconds = WAIT_SECONDS, by, signal }: ErasureRequest): Promise<Erasure> {
    const { log, index, generations, blobs } = this;
    if (blobs === undefined) {
      throw new LookalikeError('invalid-request', 'This process has no pictures to erase: it does not embed.');
    }
    return eraseImage(
      { log, index, generations, blobs, waitMs: waitSeconds * 1000, publishMs: PUBLISH_MS, by, signal },
      imageId,
    );
  }
}
