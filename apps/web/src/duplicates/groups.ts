import type { Schemas, Trouble } from '../server.js';

export type Member = Schemas['MemberAnswer'];
export type KeepRule = Schemas['KeepRule'];
/** What a decision that deletes would do with an image. */
export type Mark = 'stays' | 'goes' | 'left-out';

type Answer = Schemas['GroupAnswer'];

/** Images that are copies of the first one, as they are reviewed. */
export interface Group extends Answer {
  /** Of the bytes of the first image; no other group has it. */
  readonly sha256: string;
  /** Ids that stay, chosen by hand; `null` as long as `rule` chooses. */
  readonly chosen: ReadonlySet<string> | null;
  /** Chosen for this group; `null` as long as the one for all groups holds. */
  readonly rule: KeepRule | null;
  /** Ids that no decision shall be about. */
  readonly leftOut: ReadonlySet<string>;
  /** Why the last decision about it was not taken. */
  readonly trouble: Trouble | null;
  /** Its deleted images are being added again. */
  readonly isReturning: boolean;
}

/** What a rule looks at first, and what decides between those that are equal by it: as the server does. */
const ORDERS: Readonly<Record<KeepRule, readonly ((it: Member) => number)[]>> = {
  resolution: [(it) => -pixelsOf(it), (it) => -it.sizeBytes, timeOf],
  bytes: [(it) => -it.sizeBytes, (it) => -pixelsOf(it), timeOf],
  date: [timeOf, (it) => -pixelsOf(it), (it) => -it.sizeBytes],
};

export const pixelsOf = ({ width, height }: Member): number => width * height;

export function timeOf({ eventTime }: Member): number {
  return Date.parse(eventTime);
}

/** @returns `null` where the server has sent fewer than two of them that are still there. */
export function groupOf(answer: Answer, isGone: (member: Member) => boolean): Group | null {
  const members = answer.members.filter((it) => !isGone(it));
  const [first] = members;
  if (first === undefined || members.length < 2) return null;
  const gone = answer.members.filter(isGone);
  return {
    images: answer.images - gone.length,
    savedBytes: answer.savedBytes - bytesOf(gone),
    members,
    sha256: first.sha256,
    chosen: null,
    rule: null,
    leftOut: new Set(),
    trouble: null,
    isReturning: false,
  };
}

export const bytesOf = (members: readonly Member[]): number => members.reduce((sum, it) => sum + it.sizeBytes, 0);

/** What the group's images are for the decisions of now, in the order of its members. */
export function marksOf(group: Group, ruleOfAll: KeepRule): ReadonlyMap<string, Mark> {
  const included = group.members.filter(({ imageId }) => !group.leftOut.has(imageId));
  const stays = group.chosen ?? new Set(keptBy(group.rule ?? ruleOfAll, included));
  const markOf = (imageId: string) => (group.leftOut.has(imageId) ? 'left-out' : stays.has(imageId) ? 'stays' : 'goes');
  return new Map(group.members.map(({ imageId }) => [imageId, markOf(imageId)]));
}

/** What somebody has decided to keep earlier, or the one image that stays by a rule; none of no images. */
function keptBy(rule: KeepRule, members: readonly Member[]): readonly string[] {
  const kept = members.filter(({ isKept }) => isKept);
  if (kept.length > 0) return kept.map(({ imageId }) => imageId);
  const [first] = members.toSorted((a, b) => {
    for (const of of ORDERS[rule]) if (of(a) !== of(b)) return of(a) - of(b);
    return a.imageId < b.imageId ? -1 : 1;
  });
  return first === undefined ? [] : [first.imageId];
}

export interface Sorted {
  readonly stays: readonly Member[];
  readonly goes: readonly Member[];
  readonly leftOut: readonly Member[];
}

export function sorted(group: Group, ruleOfAll: KeepRule): Sorted {
  const marks = marksOf(group, ruleOfAll);
  const of = (mark: Mark) => group.members.filter(({ imageId }) => marks.get(imageId) === mark);
  return { stays: of('stays'), goes: of('goes'), leftOut: of('left-out') };
}

/** With an image among those that stay, or no longer. */
export function stayToggled(group: Group, imageId: string, ruleOfAll: KeepRule): Group {
  const { stays } = sorted(group, ruleOfAll);
  return {
    ...group,
    chosen: toggled(new Set(stays.map((it) => it.imageId)), imageId),
    leftOut: without(group, imageId),
  };
}

export function onlyStay(group: Group, imageId: string): Group {
  return { ...group, chosen: new Set([imageId]), leftOut: without(group, imageId) };
}

export const leftOutToggled = (group: Group, imageId: string): Group => ({
  ...group,
  chosen: group.chosen && new Set([...group.chosen].filter((it) => it !== imageId)),
  leftOut: toggled(group.leftOut, imageId),
});

export const ruledBy = (group: Group, rule: KeepRule): Group => ({ ...group, chosen: null, rule });

function toggled(ids: ReadonlySet<string>, imageId: string): ReadonlySet<string> {
  const changed = new Set(ids);
  if (!changed.delete(imageId)) changed.add(imageId);
  return changed;
}

const without = ({ leftOut }: Group, imageId: string) => new Set([...leftOut].filter((it) => it !== imageId));
