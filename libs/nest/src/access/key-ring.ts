import { timingSafeEqual } from 'node:crypto';
import { type ApiKeyEntry, apiKeySha256, isApiKey } from '#core';

/** The keys that a server takes. */
export class KeyRing {
  readonly #keys: readonly { readonly entry: ApiKeyEntry; readonly sha256: Buffer }[];

  constructor(entries: readonly ApiKeyEntry[]) {
    this.#keys = entries.map((entry) => ({ entry, sha256: Buffer.from(entry.sha256, 'hex') }));
  }

  get isEmpty(): boolean {
    return this.#keys.length === 0;
  }

  /** Takes as long whatever the key is, and wherever it stands. */
  find(key: string): ApiKeyEntry | null {
    if (!isApiKey(key)) return null;
    const asked = apiKeySha256(key);
    let found: ApiKeyEntry | null = null;
    for (const { entry, sha256 } of this.#keys) {
      if (timingSafeEqual(asked, sha256)) found = entry;
    }
    return found;
  }
}
