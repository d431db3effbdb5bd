import { bytes, moment } from '../words.js';
import { type Group, type Member, pixelsOf, timeOf } from './groups.js';
import { sizeWords, turnWords } from './member-words.js';

/** What is the most, largest or earliest of the group, and not of all of it, stands out. */
export function MemberFacts({ group: { members }, member }: { group: Group; member: Member }) {
  const stands = (of: (it: Member) => number, title: string) => {
    const [least, own] = [Math.min(...members.map(of)), of(member)];
    return own === least && members.some((it) => of(it) !== own) ? { class: 'best', title } : {};
  };
  const turn = turnWords(member);
  return (
    <span class="member-facts">
      <span {...stands((it) => -pixelsOf(it), 'The most pixels')}>{sizeWords(member)}</span>
      <span {...stands((it) => -it.sizeBytes, 'The largest file')}>{bytes(member.sizeBytes)}</span>
      <span {...stands(timeOf, 'The earliest')}>{moment(member.eventTime)}</span>
      {turn !== '' && <span class="turn">{turn}</span>}
    </span>
  );
}
