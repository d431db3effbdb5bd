import { LookalikeError } from './errors.js';
import { EVENT_LOG_LIMITS } from './event-log-rules.js';
import type { LogRecord, NewRecord } from './log-record.js';
import type { FailureReason } from './vector-record.js';

/** An event set aside: why, and the whole original with its position, so that it can be inspected and sent again. */
export interface DeadLetter {
  readonly reason: FailureReason;
  readonly original: LogRecord;
  /** The original is too large for a letter, which has its position and the beginning of its key: the log keeps the rest. */
  readonly isCut?: boolean;
}

/** Of a letter's value. Below what every log takes, or an original near that limit could never be set aside. */
export const DEAD_LETTER_MAX_BYTES = 1_000_000;
const CUT_KEY_LENGTH = 1024;

export function encodeDeadLetter({ reason, original }: DeadLetter): NewRecord {
  const key = original.key ?? '';
  const whole = bytesOf({ reason, original });
  return {
    key: Buffer.byteLength(key) > EVENT_LOG_LIMITS.keyBytes ? '' : key,
    value: whole.length <= DEAD_LETTER_MAX_BYTES ? whole : bytesOf(cut({ reason, original })),
    headers: { 'content-type': 'application/vnd.lookalike.dead-letter.v1+json', reason: reason.code },
  };
}

function cut({ reason, original }: DeadLetter): DeadLetter {
  const key = original.key === null ? null : original.key.slice(0, CUT_KEY_LENGTH);
  return { reason, original: { ...original, key, value: null, headers: {} }, isCut: true };
}

function bytesOf({ original, ...letter }: DeadLetter): Buffer {
  const value = original.value === null ? null : Buffer.from(original.value).toString('base64');
  return Buffer.from(JSON.stringify({ ...letter, original: { ...original, value } }));
}

/** @throws LookalikeError `invalid-record`. */
export function decodeDeadLetter({ value }: Pick<NewRecord, 'value'>): DeadLetter {
  const letter = parse(value);
  if (!isLetter(letter)) throw unreadable();
  const { reason, original, isCut } = letter;
  const bytes = original.value === null ? null : Buffer.from(original.value, 'base64');
  return { reason, original: { ...original, value: bytes }, ...(isCut === true && { isCut }) };
}

type StoredLetter = Omit<DeadLetter, 'original'> & {
  readonly original: Omit<LogRecord, 'value'> & { readonly value: string | null };
};

/** The code of the reason may be another version's: such a letter can still be inspected and sent again. */
function isLetter(value: unknown): value is StoredLetter {
  const { reason, original } = asObject(value);
  const { code, message } = asObject(reason);
  const { topic, partition, offset, timestampMs, key, value: bytes, headers } = asObject(original);
  return (
    [code, message, topic].every((it) => typeof it === 'string') &&
    [partition, offset, timestampMs].every(Number.isSafeInteger) &&
    [key, bytes].every((it) => it === null || typeof it === 'string') &&
    isObject(headers) &&
    Object.values(headers).every((it) => typeof it === 'string')
  );
}

function asObject(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(value: Uint8Array | null): unknown {
  try {
    return JSON.parse(Buffer.from(value ?? []).toString('utf8'));
  } catch (cause) {
    throw unreadable(cause);
  }
}

function unreadable(cause?: unknown): LookalikeError {
  return new LookalikeError('invalid-record', 'The dead letter is not readable.', { cause });
}
