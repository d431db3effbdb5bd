import type { DeadLetter, VectorRecord } from '#core';

/** Told of what a stage did, once it is durable; again when it is done again. It must not throw. */
export interface StageObserver {
  /** Of one batch, in the order of each partition. */
  readonly setAside?: (letters: readonly DeadLetter[]) => void;
  /** The record is what searches see, unless they have a newer one. */
  readonly visible?: (record: VectorRecord) => void;
}
