import { type ImageId, parseImageId } from '#core';
import type { MatchKind, WantedMatch } from '#search';

/** An image of the collection that is the picture, or was made from the same one. */
export interface Duplicate {
  readonly imageId: ImageId;
  readonly match: WantedMatch;
  /** That it is what `match` says, 0 to 1. */
  readonly probability: number;
}

/** Such images among those that searches see, best first. @throws `picture-…`, `search-unavailable` and other faults of searches. */
export type FindCopies = (picture: Uint8Array, limit: number) => Promise<readonly Duplicate[]>;

/** What finds them: a search in this process, or one of the application that searches. Without it nothing can be checked. */
export const FIND_COPIES = Symbol('FindCopies');

/** A result as an answer to a search has it. */
interface Result {
  readonly imageId: string;
  readonly match?: MatchKind;
  readonly probability?: number;
}

/** Of an answer to a search for copies. */
export function duplicatesIn(results: readonly Result[]): readonly Duplicate[] {
  return results.flatMap(({ imageId, match, probability }) => {
    if (match === undefined || match === 'look-alike' || probability === undefined) return [];
    return [{ imageId: parseImageId(imageId), match, probability }];
  });
}
