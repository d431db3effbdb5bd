import {
  decodeImageEvent,
  type EventLog,
  IMAGE_EVENTS_TOPIC,
  type ImageId,
  type ImageState,
  type LogRecord,
  type NewRecord,
  nullIfOutcome,
  type Position,
  type Version,
} from '#core';

/** What an event made of its image: `null` for a deletion. */
export interface LoggedState {
  readonly version: Version;
  readonly state: ImageState | null;
}

/** CloudEvents extension `readto`. */
export const READ_TO = 'ce_readto';
/** Records before an event among which others of its image are looked for: what is written during one request. */
export const MAX_WINDOW = 100_000;

/**
 * An event whose state was made from another one, with the offset below which all of its partition was known. It holds
 * if no event of its image that holds lies between that and itself; a log has no other condition for an append (docs/adr/0016).
 */
export function madeFrom(record: NewRecord, readTo: number): NewRecord {
  return { ...record, headers: { ...record.headers, [READ_TO]: String(readTo) } };
}

/**
 * Of an image the last state that holds, up to the event at a place of the log.
 * @param readTo of that event, if it is known. @returns `null` when the log does not give that event (yet).
 */
export async function lastThatHolds(
  log: EventLog,
  imageId: ImageId,
  { partition, offset }: Position,
  readTo = offset,
): Promise<LoggedState | null> {
  const floor = offset - MAX_WINDOW;
  for (let from = Math.max(floor, readTo); ; ) {
    const states = await statesWithin(log, imageId, { partition, from, to: offset + 1 });
    if (states.at(-1)?.version !== offset) return null;
    // Whether the first of them hold depends on what lies before.
    const first = states.reduce((least, it) => Math.min(least, it.readTo), from);
    if (first >= from || from <= floor) return lastOf(states);
    from = Math.max(floor, first);
  }
}

type OptimisticState = LoggedState & { readonly readTo: number };

function lastOf(states: readonly OptimisticState[]): OptimisticState | null {
  return states.reduce<OptimisticState | null>(
    (last, it) => (last === null || last.version < it.readTo ? it : last),
    null,
  );
}

async function statesWithin(
  log: EventLog,
  imageId: ImageId,
  range: { readonly partition: number; readonly from: number; readonly to: number },
): Promise<OptimisticState[]> {
  const states: OptimisticState[] = [];
  for await (const record of log.read({ topic: IMAGE_EVENTS_TOPIC, ...range })) {
    const logged = record.key === imageId ? loggedState(record) : null;
    if (logged !== null) states.push({ ...logged, readTo: readToOf(record) });
  }
  return states;
}

/** `null` for an event that the embed stage will set aside: it never changes its image. */
export function loggedState(record: LogRecord): (LoggedState & { readonly eventTimeMs: number }) | null {
  const event = nullIfOutcome(() => decodeImageEvent(record));
  if (event === null) return null;
  const state = event.kind === 'deleted' ? null : event.state;
  return { version: record.offset, state, eventTimeMs: event.timeMs };
}

/** An event without it was made from nothing, so it always holds. */
export function readToOf({ headers, offset }: Pick<LogRecord, 'headers' | 'offset'>): number {
  const text = headers[READ_TO] ?? '';
  return /^\d{1,15}$/.test(text) ? Math.min(offset, Number(text)) : offset;
}
