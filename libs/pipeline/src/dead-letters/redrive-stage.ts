import {
  DEAD_LETTER_ACTIONS_TOPIC,
  type DeadLetter,
  type DeadLetterAction,
  type DeadLetterId,
  deadLetterId,
  decodeDeadLetter,
  decodeDeadLetterAction,
  type EventLog,
  encodeDeadLetterAction,
  type Generation,
  IMAGE_EVENTS_TOPIC,
  imageVectorsTopic,
  type LogRecord,
  type NextOffsets,
  nullIfOutcome,
  reasonOf,
  type VectorIndex,
  type VectorRecord,
} from '#core';
import type { BatchHandler } from '../batch-consumer.js';
import { readEvent, toOutcome } from '../embed-stage.js';
import { embedGroup } from '../groups.js';
import { decodeFor } from '../index-stage.js';
import type { PictureEmbedder } from '../picture-embedder.js';
import { recordAt } from '../record-at.js';
import { redrivenRecord } from '../redriven-record.js';
import { settleAll } from '../settle-all.js';
import { readLetter } from './dead-letters.js';
import type { KnownLetterState, LetterStates } from './letter-states.js';

export interface RedriveStageOptions {
  readonly log: EventLog;
  readonly index: VectorIndex;
  readonly generation: Pick<Generation, 'name' | 'schema'>;
  readonly embedder: PictureEmbedder;
  readonly states: LetterStates;
}

type Result = Pick<DeadLetterAction, 'action' | 'reason'>;

/** What a redrive came to; `null` when it is not this encoder's matter, or no longer. */
type Redriven = {
  readonly result: Result;
  readonly record?: VectorRecord | undefined;
  readonly original?: LogRecord;
} | null;

/**
 * dead-letter-actions → image-vectors.<fingerprint> and what came of it. The original event goes through the embed stage's work once more,
 * with its own version, so it overtakes nothing: the index's guard sees to that, and in the vectors topic it has a key of
 * its own, so that compaction never takes it for its image's last record (docs/adr/0013).
 */
export function createRedriveStage(options: RedriveStageOptions): BatchHandler {
  const { log, embedder, states } = options;
  const vectorsTopic = imageVectorsTopic(embedder.encoder.fingerprint);
  return async (records) => {
    // All of them: what undoes a request may lie in a later batch, and a new group begins with the first.
    while (!(await states.catchUp()));
    const wanted = asked(records).filter(({ letter }) => isWanted(states.stateOf(letter)));
    const embedded = await log.committed(IMAGE_EVENTS_TOPIC, embedGroup(embedder.encoder.fingerprint));
    const outcomes = await settleAll(
      wanted.map(async ({ source, letter }) => {
        const wasRedriven = states.stateOf(letter) === 'redriven';
        return { source, letter, redriven: await redrive(letter, wasRedriven ? embedded : null, options) };
      }),
    );
    return async (isOwned) => {
      const mine = outcomes.filter(({ source }) => isOwned(source));
      const vectors = mine.flatMap(({ redriven: it }) =>
        it?.record && it.original ? redrivenRecord(it.record, it.original) : [],
      );
      if (vectors.length > 0) await log.append(vectorsTopic, vectors);
      // Afterwards: whoever reads that it was redriven finds it on its way to the index.
      const atMs = Date.now();
      const results = mine.flatMap(({ letter, redriven }) =>
        redriven === null ? [] : [encodeDeadLetterAction({ letter, ...redriven.result, by: null, atMs })],
      );
      if (results.length > 0) await log.append(DEAD_LETTER_ACTIONS_TOPIC, results);
    };
  };
}

interface Asked {
  readonly source: LogRecord;
  readonly letter: DeadLetterId;
}

/** Each letter once, however often it was asked for in this batch. */
function asked(records: readonly LogRecord[]): Asked[] {
  const letters = new Map<string, Asked>();
  for (const source of records) {
    // What is no action asks for nothing.
    const action = nullIfOutcome(() => decodeDeadLetterAction(source));
    if (action?.action === 'redrive') letters.set(deadLetterId(action.letter), { source, letter: action.letter });
  }
  return [...letters.values()];
}

/** What another encoder's redrive came to says nothing of this one's, unless it found the image gone on. */
function isWanted(state: KnownLetterState): boolean {
  return state !== 'discarded' && state !== 'superseded' && state !== 'erased';
}

/** @param embedded how far the embed stage is, for a letter that was put through before; else `null`. */
async function redrive(
  letter: DeadLetterId,
  embedded: NextOffsets | null,
  options: RedriveStageOptions,
): Promise<Redriven> {
  const { log, generation, embedder } = options;
  const found = await readLetter(log, letter);
  if (found === null) return null;
  let original: LogRecord;
  try {
    original = await originalOf(log, decodeDeadLetter(found));
  } catch (error) {
    return { result: { action: 'failed', reason: reasonOf(error) } };
  }
  if (original.topic === IMAGE_EVENTS_TOPIC) return embedAgain(original, embedded, options);
  // Of another encoder: its own embedders read the same request.
  if (original.topic !== imageVectorsTopic(embedder.encoder.fingerprint)) return null;
  const decoded = decodeFor(generation, original);
  if ('deadLetter' in decoded) return { result: { action: 'failed', reason: decoded.deadLetter.reason } };
  return { result: { action: 'redriven' }, record: decoded.record, original };
}

/** A letter that would have been too large has only the place of its original, which the log keeps. */
export async function originalOf(log: EventLog, { original, isCut = false }: DeadLetter): Promise<LogRecord> {
  if (!isCut) return original;
  return (await recordAt(log, original.topic, original)) ?? original;
}

/**
 * A letter that was put through, by another encoder as a rule, asks for nothing where this one's embed stage is still to come to
 * the event, or has made it ready; so a new encoder does not embed once more what was ever redriven. What somebody waits
 * for is done in any case: a repeat that failed may be what the vectors topic has kept, though the index has the success.
 */
async function embedAgain(
  original: LogRecord,
  embedded: NextOffsets | null,
  { log, index, generation, embedder }: RedriveStageOptions,
): Promise<Redriven> {
  if (embedded !== null && (embedded.get(original.partition) ?? 0) <= original.offset) return null;
  const partitions = (await log.watermarks(IMAGE_EVENTS_TOPIC)).length;
  const read = readEvent(original, partitions);
  if ('event' in read) {
    const [stored] = await index.fetch([read.event.imageId], { generation: generation.name });
    const version = stored?.version ?? -1;
    if (version > original.offset) return { result: { action: 'superseded' } };
    if (embedded !== null && version === original.offset && stored?.state === 'ready') return null;
  }
  const { record, deadLetter } = await toOutcome(read, embedder);
  if (deadLetter !== undefined) {
    const result = { action: 'failed', reason: deadLetter.reason } as const;
    return record === undefined ? { result } : { result, record, original };
  }
  return { result: { action: 'redriven' }, record, original };
}
