import { useLayoutEffect, useRef } from 'preact/hooks';
import { Picture } from '../picture.js';
import type { Group, Mark, Member } from './groups.js';
import { toggleLeftOut, toggleStay } from './keys.js';
import { MemberFacts } from './member-facts.js';
import { KEPT_WORDS, MARK_WORDS, matchWords, spoken } from './member-words.js';
import { compare, follow, type Place } from './moves.js';

interface MemberTileProps {
  readonly group: Group;
  readonly member: Member;
  readonly at: number;
  readonly mark: Mark;
  /** Where the focus is or shall go, when that is this image. */
  readonly place: Place | null;
  readonly isNear: boolean;
}

/** An image of a group: its picture, which is shown large when it is pressed, and what speaks for keeping it. */
export function MemberTile({ group, member, at, mark, place, isNear }: MemberTileProps) {
  const picture = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    if (place?.takesFocus !== true) return;
    picture.current?.focus({ preventScroll: true });
    picture.current?.closest('td')?.scrollIntoView({ block: 'nearest' });
  }, [place]);
  const { imageId, thumbnail, match } = member;
  const tabIndex = place === null ? -1 : 0;
  const here = (act: () => unknown) => () => {
    follow(group.sha256, at);
    act();
  };
  return (
    <td class={`member ${mark}`} onFocusIn={() => follow(group.sha256, at)}>
      <button
        ref={picture}
        type="button"
        class="shown"
        tabIndex={tabIndex}
        aria-label={spoken(member, at, mark)}
        title="Show large beside the first one"
        onClick={here(compare)}
        // Firefox presses a button when the space bar comes up.
        onKeyUp={(event) => event.key === ' ' && event.preventDefault()}
      >
        {group.isReturning && <span class="no-picture">Being added again…</span>}
        {!group.isReturning && isNear && <Picture address={thumbnail} />}
        {!group.isReturning && !isNear && <span class="no-picture" />}
        <span class="mark">{MARK_WORDS[mark]}</span>
      </button>
      <span class="name" title={imageId}>
        {imageId}
      </span>
      <span class="badges">
        <span class={`badge ${at === 0 ? '' : match}`}>{matchWords(member, at)}</span>
        {member.isKept && <span class="badge">{KEPT_WORDS}</span>}
      </span>
      <MemberFacts group={group} member={member} />
      <span class="toggles">
        <button
          type="button"
          class="small"
          tabIndex={tabIndex}
          aria-pressed={mark === 'stays'}
          aria-label={`Stays: ${imageId}`}
          onClick={here(toggleStay)}
        >
          Stays
        </button>
        <button
          type="button"
          class="small"
          tabIndex={tabIndex}
          aria-pressed={mark === 'left-out'}
          aria-label={`Leave out: ${imageId}`}
          onClick={here(toggleLeftOut)}
        >
          Leave out
        </button>
      </span>
    </td>
  );
}
