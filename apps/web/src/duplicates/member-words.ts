import { bytes, moment, percent, TURN_WORDS } from '../words.js';
import type { Mark, Member } from './groups.js';

export const MARK_WORDS: Readonly<Record<Mark, string>> = { stays: 'Stays', goes: 'Goes', 'left-out': 'Left out' };

const MATCH_WORDS: Readonly<Record<Member['match'], string>> = {
  identical: 'Identical file',
  'same-picture': 'Same picture',
};

export const KEPT_WORDS = 'Kept earlier';

/** What an image is to the first one of its group. @param at its place in the group. */
export function matchWords({ match, probability }: Member, at: number): string {
  if (at === 0) return 'First';
  return match === 'identical' ? MATCH_WORDS.identical : `${MATCH_WORDS[match]} ${percent(probability)}`;
}

/** How it lies beside the first one; nothing where both lie the same, or nobody knows. */
export function turnWords({ turn }: Member): string {
  return turn === null || turn === 'none' ? '' : `Like the first when ${TURN_WORDS[turn]}`;
}

export const sizeWords = ({ width, height }: Member): string => `${width} × ${height}`;

/** All that is seen of it, in one line. */
export function spoken(member: Member, at: number, mark: Mark): string {
  const parts = [
    member.imageId,
    MARK_WORDS[mark],
    matchWords(member, at),
    member.isKept ? KEPT_WORDS : '',
    sizeWords(member),
    bytes(member.sizeBytes),
    moment(member.eventTime),
    turnWords(member),
  ];
  return parts.filter((it) => it !== '').join(', ');
}
