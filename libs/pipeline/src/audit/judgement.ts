import { winsAgainst } from '#core';
import type { FindingKind } from './audit-report.js';
import type { Entry } from './bucket-files.js';
import { difference, type Logged } from './difference.js';
import type { JoinedImage } from './joined-images.js';

/** What there is of an image when it is looked at again. */
export interface SeenAgain {
  /** In the index; of several the one that wins comes first. */
  readonly stored: readonly Entry[];
  /** Its last event at or above the watermark. */
  readonly later: Logged | null;
  /** Where its partition ended after that. */
  readonly end: number;
}

/**
 * `gone-on`: it has later events, which decide what the index should hold. `waiting`: a stage has still to come to it.
 */
export type Judgement =
  | { readonly is: 'right' | 'waiting' | 'gone-on' }
  | { readonly is: 'wrong'; readonly kinds: readonly FindingKind[]; readonly copies: readonly Entry[] };

/** What becomes of a difference of the first look; `copies` are records of the index beside the one that wins. */
export function judge(image: JoinedImage, { stored, later, end }: SeenAgain): Judgement {
  const [first = null, ...rest] = stored;
  if (later !== null) {
    if (first === null || first.version <= later.version) return { is: 'gone-on' };
    return { is: 'wrong', kinds: ['ahead'], copies: rest };
  }
  const copies = first === null ? [] : rest.length > 0 ? rest : lastingCopies(image, first);
  const kind = difference(asLogged(image.logged), first, end);
  const kinds: FindingKind[] = kind === null || isWaiting(image, first, end) ? [] : [kind];
  if (copies.length > 0) kinds.push('duplicated');
  if (kinds.length > 0) return { is: 'wrong', kinds, copies };
  return { is: kind === null ? 'right' : 'waiting' };
}

/** Whether what the stages will still put there mends it; a record of an older event does not. */
function isWaiting({ logged, pending }: JoinedImage, first: Entry | null, end: number): boolean {
  if (pending === null || (first !== null && !winsAgainst(pending, first))) return false;
  return difference(asLogged(logged), pending, end) === null;
}

/** A scan may meet a record and then what it was replaced with; what nobody can have replaced was there twice. */
function lastingCopies({ others, pending }: JoinedImage, first: Entry): Entry[] {
  const isReplaced = (it: Entry) =>
    (pending !== null && winsAgainst(pending, it)) || (it.version === first.version && winsAgainst(first, it));
  return others.filter((it) => !isReplaced(it));
}

export function asLogged(entry: Entry | null): Logged | null {
  return entry === null ? null : { version: entry.version, deleted: entry.state === 'deleted' };
}
