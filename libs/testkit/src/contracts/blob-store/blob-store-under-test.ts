import type { BlobStore } from '#core';

export interface BlobStoreUnderTest {
  readonly store: BlobStore;
  /** Everything that is kept, whole or not: nothing half-written may stay. */
  entries(): Promise<readonly string[]>;
  /** Changes stored bytes behind the store's back, keeping their number. */
  damage?(sha256: string): Promise<void>;
  dispose(): Promise<void>;
}
