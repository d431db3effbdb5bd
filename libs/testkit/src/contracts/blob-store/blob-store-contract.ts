import type { BlobStoreUnderTest } from './blob-store-under-test.js';
import { damageCases } from './damage-cases.js';
import { memoryCases } from './memory-cases.js';
import { putCases } from './put-cases.js';
import { readCases } from './read-cases.js';
import { withdrawalCases } from './withdrawal-cases.js';

export type { BlobStoreUnderTest } from './blob-store-under-test.js';

/** What a store under test cannot show; those cases are skipped, with the reason in their name. */
export interface BlobStoreLimits {
  /** The factory offers no `damage`. */
  readonly cannotBeDamaged?: boolean;
  /** It keeps whole blobs in memory by design. */
  readonly inMemory?: boolean;
}

/** What every `BlobStore` promises. */
export function blobStoreContract(
  name: string,
  factory: () => Promise<BlobStoreUnderTest>,
  { cannotBeDamaged = false, inMemory = false }: BlobStoreLimits = {},
): void {
  describe(`${name} as a blob store`, () => {
    let made: BlobStoreUnderTest;
    const it = () => made;
    beforeEach(async () => {
      made = await factory();
    });
    afterEach(async () => {
      await made.store.close();
      await made.dispose();
    });

    describe('put', () => putCases(it));
    describe('read, open, stat, delete', () => readCases(it));
    describe('list, withdraw, renew, drop', () => withdrawalCases(it));
    describeUnless(cannotBeDamaged, 'it cannot be damaged')('damaged bytes', () => damageCases(it));
    describeUnless(inMemory, 'it keeps blobs in memory')('memory', () => memoryCases(it));
  });
}

function describeUnless(skipped: boolean, reason: string) {
  return (name: string, body: () => void) =>
    skipped ? describe.skip(`${name} (skipped: ${reason})`, body) : describe(name, body);
}
