import { isUtf8 } from 'node:buffer';
import { type DeadLetterAction, deadLetterId, type FailureReason, type LogRecord } from '#core';
import type { LetterDetails, LetterState, LetterSummary } from '#pipeline';

interface LetterHead {
  readonly id: string;
  readonly state: LetterState;
  /** When it was set aside. */
  readonly time: string;
  readonly reason: FailureReason;
}

interface OriginalAnswer extends Pick<LogRecord, 'topic' | 'partition' | 'offset' | 'key'> {
  /** When the log took it. */
  readonly time: string;
  readonly sizeBytes: number | null;
}

export interface LetterAnswer extends LetterHead {
  readonly original: OriginalAnswer | null;
}

export interface WholeLetterAnswer extends LetterHead {
  readonly original:
    | (OriginalAnswer & {
        readonly headers: Readonly<Record<string, string>>;
        /** As text where it is UTF-8, else in Base64; `null` for a record without one. */
        readonly value: { readonly encoding: 'utf8' | 'base64'; readonly data: string } | null;
      })
    | null;
  readonly lastAction: (Pick<DeadLetterAction, 'action' | 'by' | 'reason'> & { readonly time: string }) | null;
}

export function letterAnswer({ original, ...head }: LetterSummary): LetterAnswer {
  return { ...headOf(head), original: original === null ? null : positionOf(original, original.sizeBytes) };
}

export function wholeLetterAnswer({ original, lastAction, ...head }: LetterDetails): WholeLetterAnswer {
  return {
    ...headOf(head),
    original:
      original === null
        ? null
        : {
            ...positionOf(original, original.value?.length ?? null),
            headers: original.headers,
            value: original.value === null ? null : encoded(original.value),
          },
    lastAction: lastAction === null ? null : actionOf(lastAction),
  };
}

function headOf({ id, state, atMs, reason }: Pick<LetterSummary, 'id' | 'state' | 'atMs' | 'reason'>): LetterHead {
  return { id: deadLetterId(id), state, time: new Date(atMs).toISOString(), reason };
}

function positionOf(
  { topic, partition, offset, key, timestampMs }: Omit<LogRecord, 'value' | 'headers'>,
  sizeBytes: number | null,
): OriginalAnswer {
  return { topic, partition, offset, key, time: new Date(timestampMs).toISOString(), sizeBytes };
}

function encoded(value: Uint8Array) {
  const encoding = isUtf8(value) ? 'utf8' : 'base64';
  return { encoding, data: Buffer.from(value).toString(encoding) } as const;
}

function actionOf({ action, by, reason, atMs }: DeadLetterAction) {
  return { action, by, time: new Date(atMs).toISOString(), ...(reason && { reason }) };
}
