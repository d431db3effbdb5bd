import type { Duplicate } from '../api/answers.js';
import { ApiProblem } from '../api/errors.js';

/** What an image that was to be sent is a copy of, as the server is surest. */
interface Copy extends Pick<Duplicate, 'match' | 'probability'> {
  readonly imageId: string;
  readonly as: string;
}

/** Pictures that the collection has under other ids, with the first few of them. */
export interface AlreadyHere {
  readonly count: number;
  readonly examples: readonly Copy[];
}

const EXAMPLES_KEPT = 5;

export class AlreadyHereCount {
  readonly #examples: Copy[] = [];
  #count = 0;

  add(imageId: string, { imageId: as, match, probability }: Duplicate): void {
    this.#count += 1;
    if (this.#examples.length < EXAMPLES_KEPT) this.#examples.push({ imageId, as, match, probability });
  }

  get(): AlreadyHere {
    return { count: this.#count, examples: this.#examples };
  }
}

/** The surest of those that a picture was refused for; `null` where it was refused for another reason. */
export function refusedFor(error: unknown): Duplicate | null {
  if (!(error instanceof ApiProblem) || error.code !== 'already-here') return null;
  const [first = null] = error.facts.duplicates as readonly Duplicate[];
  return first;
}
