import type { DecidedImage, DuplicateDecision, ImageId } from '#core';
import { type DuplicateGroup, type GroupTotals, type MatchKind, type MemberRow, TURNS, type Turn } from '#search';
import { thumbnailPath } from '../image-answer.js';

export interface DuplicatesAnswer {
  /** Of the whole collection. */
  readonly totals: GroupTotals;
  /** Records that are still to be compared, at most; `null` while the log or the index is away, or there is no index yet. */
  readonly waiting: number | null;
  readonly groups: readonly GroupAnswer[];
  readonly nextCursor: string | null;
}

/** Images that are copies of the first one. */
export interface GroupAnswer {
  /** How many there are; of many, `members` has the first. */
  readonly images: number;
  /** What deleting all but the first would save. */
  readonly savedBytes: number;
  readonly members: readonly MemberAnswer[];
}

export interface MemberAnswer {
  readonly imageId: ImageId;
  /** Of its bytes. */
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly width: number;
  readonly height: number;
  readonly eventTime: string;
  readonly thumbnail: string;
  /** With the first one: the same bytes, or the same picture. */
  readonly match: Exclude<MatchKind, 'look-alike'>;
  /** 0 to 1: that it is so. */
  readonly probability: number;
  /** How it has to be turned to lie as the first one does; `null` where that is not known. */
  readonly turn: Turn | null;
  /** Somebody has decided to keep it: by a rule it stays. */
  readonly isKept: boolean;
}

/** What was decided, or, of a resolution that nobody confirmed, what would be. */
export interface DecisionAnswer {
  /** `null` when nothing was done. */
  readonly id: string | null;
  readonly decision: DuplicateDecision['kind'];
  /** Of a resolution: those that stay. Of an undo: those that were added again. Otherwise all that it is about. */
  readonly kept: readonly DecidedImage[];
  /** Deleted, or to be deleted. */
  readonly removed: readonly DecidedImage[];
  /** The one that it takes back, of an `undo`. */
  readonly undoes?: string;
  /** Who decided: the name of a key; `null` when there are no keys. */
  readonly by: string | null;
  /** `null` when nothing was done. */
  readonly at: string | null;
}

export interface DecisionsAnswer {
  /** The last first. */
  readonly decisions: readonly (DecisionAnswer & { readonly isUndone: boolean })[];
  readonly nextCursor: string | null;
}

/** @param kept those of its members that somebody has decided to keep. */
export function groupAnswer(
  { sha256, images, savedBytes, members }: DuplicateGroup,
  kept: readonly DecidedImage[],
): GroupAnswer {
  const ids = new Set(kept.map(({ imageId }) => imageId));
  return { images, savedBytes, members: members.map((it) => memberAnswer(it, sha256, ids.has(it.imageId))) };
}

function memberAnswer(member: MemberRow, first: string, isKept: boolean): MemberAnswer {
  const { imageId, sha256, sizeBytes, width, height, eventTimeMs, probability, turn } = member;
  const isIdentical = sha256 === first;
  return {
    imageId,
    sha256,
    sizeBytes,
    width,
    height,
    eventTime: new Date(eventTimeMs).toISOString(),
    thumbnail: thumbnailPath(imageId),
    match: isIdentical ? 'identical' : 'same-picture',
    probability: isIdentical ? 1 : (probability ?? 0),
    turn: isIdentical ? 'none' : (TURNS.find((it) => it === turn) ?? null),
    isKept,
  };
}

/** What a resolution would do. */
export function proposalAnswer(
  { kept, removed }: Pick<DecisionAnswer, 'kept' | 'removed'>,
  by: string | null,
): DecisionAnswer {
  return { id: null, decision: 'resolve', kept, removed, by, at: null };
}

export function decisionAnswer(decision: DuplicateDecision): DecisionAnswer {
  const { id, kind, by, atMs } = decision;
  const head = { id, decision: kind };
  const tail = { by, at: new Date(atMs).toISOString() };
  switch (decision.kind) {
    case 'undo':
      return { ...head, kept: decision.restored, removed: [], undoes: decision.decision, ...tail };
    case 'resolve':
      return { ...head, kept: decision.kept, removed: decision.removed.map(withoutVersion), ...tail };
    default:
      return { ...head, kept: decision.images, removed: [], ...tail };
  }
}

function withoutVersion({ imageId, sha256 }: DecidedImage): DecidedImage {
  return { imageId, sha256 };
}
