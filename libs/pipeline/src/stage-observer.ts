import type { DeadLetter, VectorRecord } from '#core';

/** Told of what a stage did, once it is durable; again when it is done again. It must not throw. */
export interface StageObserver {
  /** Of one batch, in the order of each partition. */
  readonly setAside?: (letters: readonly DeadLetter[]) => void;
  /** How many events of a batch came to nothing, since a later one of the same image says all that counts. */
  readonly overwritten?: (events: number) => void;
  /** The record is what searches see, unless they have a newer one. */
  readonly visible?: (record: VectorRecord) => void;
}
