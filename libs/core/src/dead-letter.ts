import { LookalikeError } from './errors.js';
import type { LogRecord, NewRecord } from './log-record.js';
import type { FailureReason } from './vector-record.js';

/** An event set aside: why, and the whole original with its position, so that it can be inspected and sent again. */
export interface DeadLetter {
  readonly reason: FailureReason;
  readonly original: LogRecord;
}

export function encodeDeadLetter({ reason, original }: DeadLetter): NewRecord {
  const value = original.value === null ? null : Buffer.from(original.value).toString('base64');
  return {
    key: original.key ?? '',
    value: Buffer.from(JSON.stringify({ reason, original: { ...original, value } })),
    headers: { 'content-type': 'application/vnd.lookalike.dead-letter.v1+json', reason: reason.code },
  };
}

/** @throws LookalikeError `invalid-record`. */
export function decodeDeadLetter({ value }: Pick<NewRecord, 'value'>): DeadLetter {
  try {
    const { reason, original } = JSON.parse(Buffer.from(value ?? []).toString('utf8'));
    const bytes = original.value === null ? null : Buffer.from(original.value, 'base64');
    return { reason, original: { ...original, value: bytes } };
  } catch (cause) {
    throw new LookalikeError('invalid-record', 'The dead letter is not readable.', { cause });
  }
}
