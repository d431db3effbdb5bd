import { LookalikeError } from './errors.js';
import type { ImageId } from './image-id.js';
import type { NewRecord } from './log-record.js';
import type { Version } from './position.js';

/** An image as it was when somebody decided about it: of its later pictures the decision says nothing. */
export interface DecidedImage {
  readonly imageId: ImageId;
  /** Of its bytes, in 64 lowercase hex digits. */
  readonly sha256: string;
}

/** What a resolution has deleted. */
export interface RemovedImage extends DecidedImage {
  /** Of the state that it deleted; `null` where the log does not have its event. */
  readonly version: Version | null;
}

interface DecisionHead {
  /** A UUID. */
  readonly id: string;
  /** Who decided: the name of a key; `null` when there are no keys. */
  readonly by: string | null;
  readonly atMs: number;
}

/** `not-a-duplicate`: they are different pictures. `keep`: they are copies, and all of them stay. */
export interface Settlement extends DecisionHead {
  readonly kind: 'not-a-duplicate' | 'keep';
  /** At least two: every pair of them is settled. */
  readonly images: readonly DecidedImage[];
}

/** Some stay, the others are deleted. */
export interface Resolution extends DecisionHead {
  readonly kind: 'resolve';
  readonly kept: readonly DecidedImage[];
  readonly removed: readonly RemovedImage[];
}

/** Takes an earlier one back. */
export interface Undoing extends DecisionHead {
  readonly kind: 'undo';
  /** The id of the one that is undone. */
  readonly decision: string;
  /** What it had deleted and was added again. */
  readonly restored: readonly DecidedImage[];
}

export type DuplicateDecision = Settlement | Resolution | Undoing;

const DECISION_KINDS: readonly unknown[] = ['not-a-duplicate', 'keep', 'resolve', 'undo'];

export function encodeDuplicateDecision(decision: DuplicateDecision): NewRecord {
  return {
    key: decision.kind === 'undo' ? decision.decision : decision.id,
    value: Buffer.from(JSON.stringify(decision)),
    headers: { 'content-type': 'application/vnd.lookalike.duplicate-decision.v1+json' },
  };
}

/** The topic is the product's own, so only the outline is looked at. @throws `invalid-record`. */
export function decodeDuplicateDecision({ value }: Pick<NewRecord, 'value'>): DuplicateDecision {
  try {
    const read = JSON.parse(Buffer.from(value ?? []).toString('utf8'));
    if (DECISION_KINDS.includes(read?.kind) && typeof read.id === 'string' && hasBody(read)) return read;
  } catch {
    // Told below.
  }
  throw new LookalikeError('invalid-record', 'The decision about duplicates is not readable.');
}

function hasBody({ kind, images, kept, removed, decision, restored }: Record<string, unknown>): boolean {
  if (kind === 'undo') return typeof decision === 'string' && areImages(restored);
  if (kind === 'resolve') return areImages(kept) && areImages(removed) && removed.every(hasVersion);
  return areImages(images);
}

function hasVersion({ version }: { version?: unknown }): boolean {
  return version === null || (Number.isSafeInteger(version) && (version as number) >= 0);
}

function areImages(value: unknown): value is readonly object[] {
  return Array.isArray(value) && value.every((it) => typeof it?.imageId === 'string' && typeof it.sha256 === 'string');
}
