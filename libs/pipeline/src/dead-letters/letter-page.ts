/** One record of a partition, newest first, and whether it was asked for. */
export interface Candidate<T> {
  readonly offset: number;
  readonly timestampMs: number;
  /** `null` when it does not match. */
  readonly match: T | null;
}

/** What was read of one partition: all records from `from` to below `to`. */
export interface Window<T> {
  readonly partition: number;
  /** Where the partition begins. */
  readonly low: number;
  readonly from: number;
  readonly to: number;
  /** Newest first. */
  readonly candidates: readonly Candidate<T>[];
}

/** For each partition that is not at its end, the first offset that was on a page already. */
export type PageCursor = ReadonlyMap<number, number>;

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins; `null` after the last. */
  readonly next: PageCursor | null;
}

/**
 * The newest matches of several partitions, in the order of time. The page ends early where nobody can tell what comes
 * next: when all that was read of a partition is used and there is more of it. So it may hold less than `limit`, or nothing,
 * and there may be another page all the same.
 */
export function newestFirst<T>(windows: readonly Window<T>[], limit: number): Page<T> {
  const open = windows.map((it) => ({ ...it, bound: it.candidates.length > 0 ? it.to : it.from, used: 0 }));
  const items: T[] = [];
  while (items.length < limit && !open.some((it) => isUsedUp(it) && it.bound > it.low)) {
    const next = open.filter((it) => !isUsedUp(it)).reduce<(typeof open)[number] | null>(newer, null);
    if (next === null) break;
    const { offset, match } = next.candidates[next.used] as Candidate<T>;
    next.used += 1;
    next.bound = isUsedUp(next) ? next.from : offset;
    if (match !== null) items.push(match);
  }
  const bounds = open.filter((it) => it.bound > it.low).map(({ partition, bound }) => [partition, bound] as const);
  return { items, next: bounds.length === 0 ? null : new Map(bounds) };
}

type Open<T> = Window<T> & { readonly used: number };

function isUsedUp<T>({ candidates, used }: Open<T>): boolean {
  return used >= candidates.length;
}

function newer<T, It extends Open<T>>(best: It | null, it: It): It {
  if (best === null) return it;
  const time = (of: It) => of.candidates[of.used]?.timestampMs ?? 0;
  return time(it) > time(best) ? it : best;
}
