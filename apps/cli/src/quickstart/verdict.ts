import { posix } from 'node:path';
import type { SearchAnswer } from '../api/answers.js';
import type { Style } from '../terminal/style.js';
import { printable } from '../terminal/text.js';

export interface Verdict {
  readonly isRight: boolean;
  readonly sentence: string;
}

/** Did the search find the picture that the query was cut from? `sameFolder`: its neighbours are versions of it. */
export function judge({ results }: Pick<SearchAnswer, 'results'>, sought: string, sameFolder: boolean): Verdict {
  const name = printable(sought);
  const [top] = results;
  if (top?.imageId === sought) return { isRight: true, sentence: `Right: ${name}, which it was cut from, is on top.` };
  const place = results.findIndex(({ imageId }) => imageId === sought) + 1;
  const where = place === 0 ? `${name} is not among the results` : `${name} is number ${place}`;
  if (sameFolder && top !== undefined && posix.dirname(top.imageId) === posix.dirname(sought)) {
    return { isRight: true, sentence: `Nearly right: another version of the same photo is on top; ${where}.` };
  }
  return { isRight: false, sentence: `Wrong: the picture it was cut from should be on top; ${where}.` };
}

export function renderVerdict({ isRight, sentence }: Verdict, style: Style): string {
  return (isRight ? style.green : style.red)(sentence);
}
