import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsISO8601, IsString, Max, MaxLength, Min } from 'class-validator';
import type { DeadLetterId } from '#core';
import { LookalikeError, parseDeadLetterId, parseImageId } from '#core';
import { IfGiven, invalidRequest } from '#nest';
import { LETTER_STATES, type LetterFilter, type LetterState, type PageCursor } from '#pipeline';

const NumberInText = () =>
  Transform(({ value }) => (typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value));
const Time = () =>
  IsISO8601({ strict: true, strictSeparator: true }, { message: '$property must be an ISO 8601 time' });

/** So many letters at a time. */
const LIMIT = { max: 100, default: 50 } as const;
/** Long enough for the offsets of 1,024 partitions. */
const CURSOR_MAX_LENGTH = 32_768;

class Letters {
  @IfGiven()
  @IsString()
  imageId?: string;

  /** When they were set aside. */
  @IfGiven()
  @Time()
  since?: string;

  @IfGiven()
  @Time()
  until?: string;

  @IfGiven()
  @IsString()
  @MaxLength(CURSOR_MAX_LENGTH)
  cursor?: string;
}

export class ListQuery extends Letters {
  @IfGiven()
  @IsString()
  reason?: string;

  @IfGiven()
  @IsIn(LETTER_STATES)
  state?: LetterState;

  @IfGiven()
  @NumberInText()
  @IsInt()
  @Min(1)
  @Max(LIMIT.max)
  limit: number = LIMIT.default;
}

/** All open letters with a reason; others may narrow it further. */
export class BulkBody extends Letters {
  @IsString()
  reason!: string;
}

export const BULK_LIMIT = LIMIT.max;

/** @throws `invalid-request`, `invalid-image-id`. */
export function filterOf({ reason, imageId, state, since, until, cursor }: Partial<ListQuery>): LetterFilter & {
  readonly cursor?: PageCursor;
} {
  return {
    ...(reason !== undefined && { reason }),
    ...(imageId !== undefined && { imageId: parseImageId(imageId) }),
    ...(state !== undefined && { state }),
    ...(since !== undefined && { sinceMs: Date.parse(since) }),
    ...(until !== undefined && { untilMs: Date.parse(until) }),
    ...(cursor !== undefined && { cursor: cursorFrom(cursor) }),
  };
}

/** @throws `dead-letter-unknown`: what has no form of an id names none. */
export function letterIdOf(text: string): DeadLetterId {
  const id = parseDeadLetterId(text);
  if (id !== null) return id;
  throw new LookalikeError('dead-letter-unknown', 'There is no dead letter with this id.', { facts: { id: text } });
}

/** Its form is nobody's business: it is only handed back. */
export function cursorText(cursor: PageCursor): string {
  return Buffer.from(JSON.stringify([...cursor].flat())).toString('base64url');
}

function cursorFrom(text: string): PageCursor {
  const numbers = numbersIn(text);
  if (numbers === null) throw invalidRequest([{ field: 'cursor', rule: 'must be the next of an earlier answer' }]);
  const cursor = new Map<number, number>();
  for (let at = 0; at < numbers.length; at += 2) cursor.set(numbers[at] as number, numbers[at + 1] as number);
  return cursor;
}

function numbersIn(text: string): number[] | null {
  try {
    const read: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    const isCursor =
      Array.isArray(read) && read.length % 2 === 0 && read.every((it) => Number.isSafeInteger(it) && it >= 0);
    return isCursor ? (read as number[]) : null;
  } catch {
    return null;
  }
}
