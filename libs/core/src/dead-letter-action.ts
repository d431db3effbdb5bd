import { LookalikeError } from './errors.js';
import type { NewRecord } from './log-record.js';
import { isPosition, type Position } from './position.js';
import type { FailureReason } from './vector-record.js';

/**
 * What somebody asked for, or what a redrive came to: `redriven` put the event through, `superseded` found its image in
 * a later state, `failed` set it aside for the same or another reason. `erased`: its image was, and the letter with it.
 */
export const DEAD_LETTER_ACTIONS = ['redrive', 'discard', 'redriven', 'superseded', 'failed', 'erased'] as const;

/** Where the letter stands in the dead-letters topic. */
export type DeadLetterId = Position;

export interface DeadLetterAction {
  readonly letter: DeadLetterId;
  readonly action: (typeof DEAD_LETTER_ACTIONS)[number];
  /** Who asked: the name of a key; `null` when there are no keys, and for what a redrive came to. */
  readonly by: string | null;
  readonly atMs: number;
  /** Why it failed again. */
  readonly reason?: FailureReason;
}

export function deadLetterId({ partition, offset }: DeadLetterId): string {
  return `${partition}-${offset}`;
}

/** @returns `null` for what is no id of a letter. */
export function parseDeadLetterId(text: string): DeadLetterId | null {
  const [, partition, offset] = /^(0|[1-9]\d{0,3})-(0|[1-9]\d{0,15})$/.exec(text) ?? [];
  const id = { partition: Number(partition), offset: Number(offset) };
  return isPosition(id) ? id : null;
}

/** Of one letter in their order: they have one key. */
export function encodeDeadLetterAction({ letter, ...rest }: DeadLetterAction): NewRecord {
  return {
    key: deadLetterId(letter),
    value: Buffer.from(JSON.stringify({ letter: deadLetterId(letter), ...rest })),
    headers: { 'content-type': 'application/vnd.lookalike.dead-letter-action.v1+json' },
  };
}

/** @throws LookalikeError `invalid-record`. */
export function decodeDeadLetterAction({ value }: Pick<NewRecord, 'value'>): DeadLetterAction {
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(value ?? []).toString('utf8'));
  } catch (cause) {
    throw unreadable(cause);
  }
  const { letter, action, by, atMs, reason } = (read ?? {}) as Record<string, unknown>;
  const id = typeof letter === 'string' ? parseDeadLetterId(letter) : null;
  const known = DEAD_LETTER_ACTIONS.find((it) => it === action);
  if (id === null || known === undefined || !Number.isSafeInteger(atMs)) throw unreadable();
  return {
    letter: id,
    action: known,
    by: typeof by === 'string' ? by : null,
    atMs: atMs as number,
    ...(isReason(reason) && { reason }),
  };
}

function isReason(value: unknown): value is FailureReason {
  const { code, message } = (value ?? {}) as Record<string, unknown>;
  return typeof code === 'string' && typeof message === 'string';
}

function unreadable(cause?: unknown): LookalikeError {
  return new LookalikeError('invalid-record', 'The action on a dead letter is not readable.', { cause });
}
