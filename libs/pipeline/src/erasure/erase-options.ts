import type { BlobStore, EventLog, VectorIndex } from '#core';
import type { Generations } from '../generations/generations.js';

export interface EraseOptions {
  readonly log: EventLog;
  readonly index: VectorIndex;
  readonly blobs: BlobStore;
  readonly generations: Pick<Generations, 'current' | 'decided'>;
  /** How long the stages are waited for, in milliseconds. */
  readonly waitMs: number;
  /** From when a picture is in the store until the event that names it is in the log, in milliseconds. */
  readonly publishMs: number;
  /** Who asked: the name of a key; `null` when there are no keys. */
  readonly by: string | null;
  readonly signal?: AbortSignal;
}
