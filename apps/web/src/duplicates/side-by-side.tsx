import { turnTransform } from '../laid.js';
import { Picture } from '../picture.js';
import { TURN_WORDS } from '../words.js';
import { Said } from './action-bar.js';
import { type Group, type Member, marksOf } from './groups.js';
import { toggleLeftOut, toggleStay } from './keys.js';
import { MemberFacts } from './member-facts.js';
import { MARK_WORDS, matchWords } from './member-words.js';
import { Modal } from './modal.js';
import { current, currentGroup, goAside, isComparing, stopComparing } from './moves.js';
import { ruleOfAll } from './review-state.js';

/** An image beside the first one of its group, turned as that one lies. All keys go on working. */
export function SideBySide() {
  const group = currentGroup();
  const at = current.value?.at ?? 0;
  const [first, member] = [group?.members[0], group?.members[Math.max(1, at)]];
  if (!isComparing.value || group === null || first === undefined || member === undefined) return null;
  const turn = member.turn ?? 'none';
  return (
    <Modal class="compare beside" title="Side by side" onClose={stopComparing}>
      <header>
        <h2>{matchWords(member, 1)}</h2>
        <span class="quiet">
          {Math.max(1, at)} of {group.members.length - 1}
        </span>
        {/* Not disabled: a button that is takes the focus along, and the keys with it. */}
        <button type="button" aria-disabled={at <= 1} aria-label="Image before" onClick={() => goAside(-1)}>
          ‹
        </button>
        <button
          type="button"
          aria-disabled={at + 1 >= group.members.length}
          aria-label="Next image"
          onClick={() => goAside(1)}
        >
          ›
        </button>
        <button type="button" onClick={stopComparing}>
          Back
        </button>
      </header>
      <div class="pair">
        <Side group={group} member={first} title="First" />
        <Side
          group={group}
          member={member}
          title={turn === 'none' ? 'Beside it' : `Beside it, ${TURN_WORDS[turn]}`}
          transform={turnTransform(turn)}
        />
      </div>
      <footer>
        <Said />
        <span class="quiet touchless">
          <kbd>n</kbd> <kbd>a</kbd> <kbd>d</kbd> decide here too
        </span>
        <button type="button" onClick={toggleStay}>
          {marksOf(group, ruleOfAll.value).get(member.imageId) === 'stays' ? 'Let it go' : 'Let it stay'}{' '}
          <kbd>Space</kbd>
        </button>
        <button type="button" onClick={toggleLeftOut}>
          {group.leftOut.has(member.imageId) ? 'Take it in' : 'Leave it out'} <kbd>x</kbd>
        </button>
      </footer>
    </Modal>
  );
}

interface SideProps {
  readonly group: Group;
  readonly member: Member;
  readonly title: string;
  readonly transform?: string;
}

function Side({ group, member, title, transform = 'none' }: SideProps) {
  const mark = marksOf(group, ruleOfAll.value).get(member.imageId) ?? 'left-out';
  return (
    <figure>
      <div class="stage" style={{ transform }}>
        <Picture address={member.thumbnail} />
      </div>
      <figcaption>
        <span class={`mark ${mark}`}>{MARK_WORDS[mark]}</span> <span class="eyebrow">{title}</span> {member.imageId}
        <MemberFacts group={group} member={member} />
      </figcaption>
    </figure>
  );
}
