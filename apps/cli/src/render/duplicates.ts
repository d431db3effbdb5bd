import type { DecidedImage, DecisionAnswer, DecisionsPage, DuplicateGroup, DuplicatesPage } from '../api/answers.js';
import { commandLine } from '../terminal/command-name.js';
import type { Style } from '../terminal/style.js';
import { bytes, count, cut, printable, table } from '../terminal/text.js';

/** What was resolved, or would be. */
export interface Resolved {
  readonly groups: number;
  /** Groups that were left, since an image of theirs was changed meanwhile. */
  readonly changed: number;
  readonly kept: readonly DecidedImage[];
  readonly removed: readonly DecidedImage[];
  /** Their ids; none where nothing was done. */
  readonly decisions: readonly string[];
}

const IMAGE_WIDTH = 48;
const SHOWN_REMOVED = 20;

export function renderGroups(
  { totals, waiting, groups }: Pick<DuplicatesPage, 'totals' | 'waiting' | 'groups'>,
  style: Style,
): string {
  const waits = waiting === null || waiting === 0 ? '' : ` Up to ${count(waiting, 'image')} are still to be compared.`;
  if (groups.length === 0) return `There are no duplicates to be decided about.${waits}\n`;
  const all = `${count(totals.groups, 'group')} of ${count(totals.images, 'image')}`;
  const summary = `${all}; ${bytes(totals.savedBytes)} are saved if one of each stays.${waits}`;
  const hint = style.dim(`Keep one of a group: ${commandLine('duplicates resolve IMAGE... --keep resolution')}`);
  return [summary, '', ...groups.flatMap((it) => [groupTable(it, style), '']), hint, ''].join('\n');
}

function groupTable({ images, savedBytes, members }: DuplicateGroup, style: Style): string {
  const rows = members.map(({ imageId, width, height, sizeBytes, eventTime, match, turn }, at) => [
    at === 0 ? style.bold(printable(cut(imageId, IMAGE_WIDTH))) : `  ${printable(cut(imageId, IMAGE_WIDTH))}`,
    `${width} × ${height}`,
    bytes(sizeBytes),
    eventTime.slice(0, 10),
    at === 0 ? '' : `${match}${turn === null || turn === 'none' ? '' : `, ${turn}`}`,
  ]);
  const more = images > members.length ? [[`  and ${count(images - members.length, 'more', 'more')}`]] : [];
  const head = [style.dim(`${count(images, 'image')}, ${bytes(savedBytes)} to save`)];
  return table([head, ...rows, ...more]);
}

export function renderDecision({ id, decision, kept, removed, undoes }: DecisionAnswer): string {
  if (decision === 'undo') {
    const back =
      kept.length === 0 ? '' : ` ${count(kept.length, 'image')} ${kept.length === 1 ? 'is' : 'are'} added again.`;
    return `Took back ${printable(undoes ?? '')}.${back}\n`;
  }
  const what =
    decision === 'resolve'
      ? `Kept ${count(kept.length, 'image')} and deleted ${removed.length}`
      : `${count(kept.length, 'image')} ${decision === 'keep' ? 'are kept' : 'are no duplicates of each other'}`;
  return `${what}. To take it back: ${commandLine(`duplicates undo ${id}`)}\n`;
}

export function renderResolved(
  { groups, changed, kept, removed, decisions }: Resolved,
  isDone: boolean,
  style: Style,
): string {
  const left = `${count(changed, 'group')} changed meanwhile and stayed as ${changed === 1 ? 'it was' : 'they were'}: do it again.`;
  if (removed.length === 0) return `${changed > 0 ? left : 'There are no duplicates to be resolved.'}\n`;
  const named = removed.slice(0, SHOWN_REMOVED).map(({ imageId }) => `  ${printable(cut(imageId, IMAGE_WIDTH))}`);
  const more = removed.length > SHOWN_REMOVED ? [`  and ${removed.length - SHOWN_REMOVED} more`] : [];
  const what = `${count(removed.length, 'image')} of ${count(groups, 'group')}, ${kept.length} kept`;
  const [first] = decisions;
  const foot = isDone
    ? `To take one back: ${commandLine(`duplicates undo ${first}`)}; all of them: ${commandLine('duplicates decisions')}`
    : 'Nothing was deleted. To do it, add --yes.';
  const title = `${isDone ? 'Deleted' : 'This would delete'} ${what}:`;
  return [title, ...named, ...more, ...(changed > 0 ? [left] : []), '', style.dim(foot), ''].join('\n');
}

/** Listed by one command. */
export const MOST_DECISIONS = 100_000;

export function renderDecisions({ decisions, nextCursor }: DecisionsPage, style: Style): string {
  if (decisions.length === 0) return 'Nothing was decided yet.\n';
  const head = ['decision', 'what', 'images', 'by', 'at'].map(style.bold);
  const rows = decisions.map(({ id, decision, kept, removed, undoes, by, at, isUndone }) => [
    printable(id ?? ''),
    isUndone ? style.dim(`${decision}, taken back`) : decision,
    undoes === undefined ? `${kept.length} kept, ${removed.length} deleted` : `takes back ${printable(undoes)}`,
    printable(by ?? ''),
    at ?? '',
  ]);
  return `${table([head, ...rows])}\n${nextCursor === null ? '' : `\n${style.dim(olderThan(decisions.length))}\n`}`;
}

function olderThan(listed: number): string {
  if (listed >= MOST_DECISIONS) return 'There are older ones.';
  return `There are older ones; see more by --limit ${Math.min(10 * listed, MOST_DECISIONS)}.`;
}
