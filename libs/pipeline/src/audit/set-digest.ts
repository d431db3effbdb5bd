import { createHash } from 'node:crypto';
import type { ImageId, Version } from '#core';

const LANES = 8;
const LANE = 2 ** 32;
/** A lane's sum stays a safe integer for that many elements: 2^20 × 2^32 < 2^53. */
const CARRY_EVERY = 2 ** 20;

/** SHA-256 of one image as a fold of the log has it. */
export type ElementHash = Buffer;

/**
 * Of the version as 8 bytes big-endian, one byte that is 1 for a deleted image and 0 otherwise, and the imageId in
 * UTF-8: what comes before the id has a fixed length, so no two elements have the same bytes.
 */
export function elementHash(imageId: ImageId, version: Version, isDeleted: boolean): ElementHash {
  const head = Buffer.allocUnsafe(9);
  head.writeUInt32BE(Math.floor(version / LANE), 0);
  head.writeUInt32BE(version % LANE, 4);
  head[8] = isDeleted ? 1 : 0;
  return createHash('sha256').update(head).update(imageId).digest();
}

/**
 * AdHash (Bellare and Micciancio, "A New Paradigm for Collision-Free Hashing: Incrementality at Reduced Cost",
 * EUROCRYPT 1997): the sum of the elements' hashes modulo 2^256. It does not depend on their order, an element that is
 * there twice counts twice, and digests of parts add up to that of the whole. It tells of damage; against somebody who
 * may choose many elements, 256 bits are too few (Wagner, "A Generalized Birthday Problem", CRYPTO 2002).
 */
export class SetDigest {
  /** Sums of 32 bits each, the highest first, not carried yet. */
  readonly #lanes = new Float64Array(LANES);
  #sinceCarry = 0;

  add(hash: ElementHash): void {
    for (let lane = 0; lane < LANES; lane++) this.#lanes[lane] = this.#at(lane) + hash.readUInt32BE(4 * lane);
    this.#counted();
  }

  addAll(other: SetDigest): void {
    other.#carry();
    for (let lane = 0; lane < LANES; lane++) this.#lanes[lane] = this.#at(lane) + other.#at(lane);
    this.#counted();
  }

  /** 64 lowercase hex digits; zeros of no elements. */
  toString(): string {
    this.#carry();
    return Array.from(this.#lanes, (lane) => lane.toString(16).padStart(8, '0')).join('');
  }

  #counted(): void {
    this.#sinceCarry += 1;
    if (this.#sinceCarry === CARRY_EVERY) this.#carry();
  }

  #carry(): void {
    let carry = 0;
    for (let lane = LANES - 1; lane >= 0; lane--) {
      const sum = this.#at(lane) + carry;
      this.#lanes[lane] = sum % LANE;
      carry = Math.floor(sum / LANE);
    }
    this.#sinceCarry = 0;
  }

  #at(lane: number): number {
    return this.#lanes[lane] as number;
  }
}
