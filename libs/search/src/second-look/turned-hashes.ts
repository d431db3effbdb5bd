import { type GreyCopy, HASH_GRID, hammingDistance, hashOfFrequencies, lowFrequencies, PLAIN_HASH } from '#core';
import { resized } from './plane.js';
import { TURNS, type Turn, turnedFrequencies } from './turns.js';

export interface HashDistance {
  /** Bits of 64 that differ, in the turn in which they are fewest. */
  readonly bits: number;
  /** How the query has to be turned to lie as the other does. */
  readonly turn: Turn;
}

type TurnedHash = { readonly turn: Turn; readonly hash: string };

/** The perceptual hashes of a picture in all its turns: as it is, its own; turned, those of its grey copy. */
export class TurnedHashes {
  readonly #hashes: readonly TurnedHash[];

  /** @param copy `null` where there is none: then only the picture as it is counts. */
  constructor(own: string, copy: GreyCopy | null) {
    this.#hashes = [{ turn: 'none', hash: own }, ...(copy === null || own === PLAIN_HASH ? [] : hashesOf(copy))];
  }

  /** `null` where one of the two pictures is plain: such hashes are all the same. */
  distanceTo(other: string): HashDistance | null {
    if (other === PLAIN_HASH || this.#hashes[0]?.hash === PLAIN_HASH) return null;
    const distances = this.#hashes.map(({ turn, hash }) => ({ turn, bits: hammingDistance(hash, other) }));
    return distances.reduce((least, it) => (it.bits < least.bits ? it : least));
  }
}

function hashesOf({ width, height, pixels }: GreyCopy): readonly TurnedHash[] {
  const grid = { width: HASH_GRID, height: HASH_GRID };
  const upright = resized({ width, height, values: Float64Array.from(pixels) }, grid);
  const frequencies = lowFrequencies(upright.values);
  return TURNS.slice(1).map((turn) => ({ turn, hash: hashOfFrequencies(turnedFrequencies(frequencies, turn)) }));
}
