import { hash } from 'node:crypto';
import type { ImageId } from '#core';

/** Of a slot: 128 bits of the image's hash, then the offset above the base plus one, so that 0 is an empty slot. */
const SLOT_WORDS = 5;
const OFFSET_WORD = 4;
const MAX_DISTANCE = 2 ** 32 - 1;
const FIRST_SLOTS = 1024;
const GROWTH = 1.5;
/** Beyond it a look-up in open addressing meets more than 13 slots on average when the image is not there. */
const MAX_LOAD = 0.8;

/**
 * The last offset of each image in a range of one partition, in 25 to 38 bytes an image: at most 38 MB for a million, and two
 * thirds of that again while it grows. Images are known by the first 128 bits of their SHA-256: that two of a million are
 * taken for one has a probability of 1.5e-27, and to look for two such takes 2^64 tries.
 */
export class LastOffsets {
  #slots = new Uint32Array(0);
  #size = 0;
  readonly #key = new Uint32Array(OFFSET_WORD);

  /** @param base the lowest offset there will be. */
  constructor(
    private readonly base: number,
    private readonly maxImages: number,
  ) {}

  /** Images. */
  get size(): number {
    return this.#size;
  }

  get sizeBytes(): number {
    return this.#slots.byteLength;
  }

  get(imageId: ImageId): number | null {
    if (this.#size === 0) return null;
    const distance = this.#slots[this.#find(imageId) + OFFSET_WORD] ?? 0;
    return distance === 0 ? null : this.base + distance - 1;
  }

  /** @returns whether there was room for it; otherwise nothing changes. */
  set(imageId: ImageId, offset: number): boolean {
    const distance = offset - this.base + 1;
    if (distance > MAX_DISTANCE) return false;
    if (this.#slots.length === 0) this.#grow();
    let at = this.#find(imageId);
    if (this.#slots[at + OFFSET_WORD] === 0) {
      if (this.#size >= this.maxImages) return false;
      if ((this.#size + 1) * SLOT_WORDS > this.#slots.length * MAX_LOAD) {
        this.#grow();
        at = this.#find(imageId);
      }
      this.#slots.set(this.#key, at);
      this.#size += 1;
    }
    this.#slots[at + OFFSET_WORD] = distance;
    return true;
  }

  /** Where the image's slot begins: the one it has, or the empty one it would get. There always is an empty one. */
  #find(imageId: ImageId): number {
    const digest = hash('sha256', imageId, 'buffer');
    for (let word = 0; word < OFFSET_WORD; word++) this.#key[word] = digest.readUInt32LE(4 * word);
    const slots = this.#slots;
    const [a, b, c, d] = this.#key;
    for (let at = firstSlot(a ?? 0, slots.length); ; at = at + SLOT_WORDS === slots.length ? 0 : at + SLOT_WORDS) {
      if (slots[at + OFFSET_WORD] === 0) return at;
      if (slots[at] === a && slots[at + 1] === b && slots[at + 2] === c && slots[at + 3] === d) return at;
    }
  }

  #grow(): void {
    const old = this.#slots;
    const wanted = Math.max(FIRST_SLOTS, Math.ceil((old.length / SLOT_WORDS) * GROWTH));
    // One more than the most images fill, so that a search for one that is not there ends.
    const count = Math.min(wanted, Math.ceil(this.maxImages / MAX_LOAD) + 1);
    const slots = new Uint32Array(SLOT_WORDS * count);
    for (let from = 0; from < old.length; from += SLOT_WORDS) {
      if (old[from + OFFSET_WORD] === 0) continue;
      let at = firstSlot(old[from] ?? 0, slots.length);
      while (slots[at + OFFSET_WORD] !== 0) at = at + SLOT_WORDS === slots.length ? 0 : at + SLOT_WORDS;
      slots.set(old.subarray(from, from + SLOT_WORDS), at);
    }
    this.#slots = slots;
  }
}

function firstSlot(hashed: number, words: number): number {
  return (hashed % (words / SLOT_WORDS)) * SLOT_WORDS;
}
