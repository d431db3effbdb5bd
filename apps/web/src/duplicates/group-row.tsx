import { useComputed } from '@preact/signals';
import { memo } from 'preact/compat';
import { useRef } from 'preact/hooks';
import { bytes, count } from '../words.js';
import { bytesOf, type Group, marksOf, sorted } from './groups.js';
import { MemberTile } from './member-tile.js';
import { current, goTo } from './moves.js';
import { load, ruleOfAll } from './review-state.js';
import { useNear } from './use-near.js';

/** One group: what it is, what would become of it, and its images. */
export const GroupRow = memo(({ group }: { group: Group }) => {
  const row = useRef<HTMLTableRowElement>(null);
  const isNear = useNear(row);
  const place = useComputed(() => (current.value?.sha256 === group.sha256 ? current.value : null)).value;
  const { images, members, trouble } = group;
  const marks = marksOf(group, ruleOfAll.value);
  return (
    <tr
      ref={row}
      class={place === null ? 'group' : 'group current'}
      onClick={({ target }) => {
        const pressed = target as Element;
        if (pressed.closest('button') === null) goTo(group.sha256, atOf(pressed.closest('td')));
      }}
    >
      <th scope="row">
        <h2>{count(images, 'image')}</h2>
        <span class="quiet">{outcome(group)}</span>
        {images > members.length && (
          <span class="quiet">The first {members.length} are shown; the others come when these are decided.</span>
        )}
        {trouble !== null && (
          <p class="problem">
            <strong>{trouble.title}</strong> {trouble.detail}{' '}
            {trouble.code === 'image-changed' && (
              <button type="button" class="small" tabIndex={place === null ? -1 : 0} onClick={load}>
                Look again
              </button>
            )}
          </p>
        )}
      </th>
      {members.map((it, at) => (
        <MemberTile
          key={it.imageId}
          group={group}
          member={it}
          at={at}
          mark={marks.get(it.imageId) ?? 'left-out'}
          place={place?.at === at ? place : null}
          isNear={isNear}
        />
      ))}
    </tr>
  );
});

function outcome(group: Group): string {
  const { stays, goes, leftOut } = sorted(group, ruleOfAll.value);
  const parts = [
    goes.length === 0 ? 'None goes' : `${goes.length} ${goes.length === 1 ? 'goes' : 'go'}, ${bytes(bytesOf(goes))}`,
    stays.length === 1 ? '' : stays.length === 0 ? 'none stays' : `${stays.length} stay`,
    leftOut.length === 0 ? '' : `${leftOut.length} left out`,
  ];
  return parts.filter((it) => it !== '').join(' · ');
}

/** The place of an image by its cell, which stands behind the row's header; the first one's where it is none. */
const atOf = (cell: HTMLTableCellElement | null) => (cell === null ? 0 : cell.cellIndex - 1);
