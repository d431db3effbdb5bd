import { signal } from '@preact/signals';
import { askToDelete, settle, toConfirm, undoLast } from './decide.js';
import { type Group, type KeepRule, leftOutToggled, onlyStay, ruledBy, stayToggled } from './groups.js';
import { compare, currentGroup, currentMember, goAside, goOn, isComparing, stopComparing } from './moves.js';
import { change, ruleOfAll } from './review-state.js';

export interface Key {
  /** As `KeyboardEvent.key` has them. */
  readonly keys: readonly string[];
  readonly shown: string;
  readonly does: string;
  readonly act: () => unknown;
  /** A focused button has the key for itself. */
  readonly isOfButtons?: true;
}

/** Whether the keys are listed. */
export const areKeysShown = signal(false);

/** Does something with the image that is chosen, in its group. */
const withMember = (changed: (group: Group, imageId: string) => Group) => () => {
  const member = currentMember();
  const group = currentGroup();
  if (member !== null && group !== null) change(group.sha256, (it) => changed(it, member.imageId));
};

const choose = (rule: KeepRule) => () => {
  const group = currentGroup();
  if (group !== null) change(group.sha256, (it) => ruledBy(it, rule));
};

export const toggleStay = withMember((group, imageId) => stayToggled(group, imageId, ruleOfAll.value));
export const toggleLeftOut = withMember(leftOutToggled);

export const RULE_TITLES: Readonly<Record<KeepRule, string>> = {
  resolution: 'Most pixels',
  bytes: 'Largest file',
  date: 'Earliest',
};

export const RULES = [
  { rule: 'resolution', key: '1', does: 'The image with the most pixels stays', choose: choose('resolution') },
  { rule: 'bytes', key: '2', does: 'The largest file stays', choose: choose('bytes') },
  { rule: 'date', key: '3', does: 'The earliest image stays', choose: choose('date') },
] as const;

export const KEYS: Readonly<Record<'Going' | 'What stays' | 'Deciding', readonly Key[]>> = {
  Going: [
    { keys: ['j', 'ArrowDown'], shown: 'j ↓', does: 'Next group', act: () => goOn(1) },
    { keys: ['k', 'ArrowUp'], shown: 'k ↑', does: 'Group before', act: () => goOn(-1) },
    { keys: ['ArrowRight', 'l'], shown: '→ l', does: 'Next image of the group', act: () => goAside(1) },
    { keys: ['ArrowLeft', 'h'], shown: '← h', does: 'Image before', act: () => goAside(-1) },
    {
      keys: ['Enter'],
      shown: 'Enter',
      does: 'Show the image large beside the first one; back to the list',
      act: () => (isComparing.value ? stopComparing() : compare()),
      isOfButtons: true,
    },
  ],
  'What stays': [
    { keys: [' '], shown: 'Space', does: 'The image stays, or goes', act: toggleStay, isOfButtons: true },
    { keys: ['s'], shown: 's', does: 'Only this image stays', act: withMember(onlyStay) },
    { keys: ['x'], shown: 'x', does: 'Leave the image out of the decision, or not', act: toggleLeftOut },
    ...RULES.map(({ key, does, choose: act }) => ({ keys: [key], shown: key, does, act })),
  ],
  Deciding: [
    {
      keys: ['n'],
      shown: 'n',
      does: 'No duplicates: they are not shown together again',
      act: () => settle('not-a-duplicate'),
    },
    { keys: ['a'], shown: 'a', does: 'Duplicates, and all are kept', act: () => settle('keep') },
    { keys: ['d'], shown: 'd', does: 'Delete those that go, after a question', act: askToDelete },
    { keys: ['u'], shown: 'u', does: 'Undo what was decided here last', act: undoLast },
    {
      keys: ['?'],
      shown: '?',
      does: 'Show these keys',
      act: () => {
        areKeysShown.value = true;
      },
    },
  ],
};

/** Keys work where the focus is in the review, and not in what takes them itself: a question, a list to choose from. */
export function pressed(event: KeyboardEvent): void {
  const isAsked = toConfirm.value !== null || areKeysShown.value;
  if (isAsked || event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target as Element;
  if (target.closest('select, input') !== null) return;
  const key = Object.values(KEYS)
    .flat()
    .find(({ keys }) => keys.includes(event.key));
  if (key === undefined || (key.isOfButtons && target.closest('button:not(.shown), summary, a') !== null)) return;
  event.preventDefault();
  void key.act();
}
