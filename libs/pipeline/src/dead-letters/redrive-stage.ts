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
  type VectorIndex,
  type VectorRecord,
} from '#core';
import type { BatchHandler } from '../batch-consumer.js';
import { outcomeOf } from '../embed-stage.js';
import { decodeFor } from '../index-stage.js';
import { reasonOf } from '../outcome.js';
import type { PictureEmbedder } from '../picture-embedder.js';
import { recordAt } from '../record-at.js';
import { redrivenRecord } from '../redriven-record.js';
import { settleAll } from '../settle-all.js';
import { readLetter } from './dead-letters.js';
import type { LetterState, LetterStates } from './letter-states.js';

export interface RedriveStageOptions {
  readonly log: EventLog;
  readonly index: VectorIndex;
  readonly generation: Pick<Generation, 'name' | 'schema'>;
  readonly embedder: PictureEmbedder;
  readonly states: LetterStates;
}

type Result = Pick<DeadLetterAction, 'action' | 'reason'>;

/** What a redrive came to; `null` when it is not this encoder's matter. */
type Redriven = { readonly result: Result; readonly record?: VectorRecord; readonly original?: LogRecord } | null;

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
    const outcomes = await settleAll(
      wanted.map(async ({ source, letter }) => ({ source, letter, redriven: await redrive(letter, options) })),
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
    const action = readAction(source);
    if (action?.action === 'redrive') letters.set(deadLetterId(action.letter), { source, letter: action.letter });
  }
  return [...letters.values()];
}

/** What another encoder's redrive came to says nothing of this one's, unless it found the image gone on. */
function isWanted(state: LetterState): boolean {
  return state !== 'discarded' && state !== 'superseded';
}

function readAction(record: LogRecord): DeadLetterAction | null {
  try {
    return decodeDeadLetterAction(record);
  } catch (error) {
    // Throws on what is a fault; what is no action asks for nothing.
    reasonOf(error);
    return null;
  }
}

async function redrive(letter: DeadLetterId, options: RedriveStageOptions): Promise<Redriven> {
  const { log, generation, embedder } = options;
  const found = await readLetter(log, letter);
  if (found === null) return null;
  let original: LogRecord;
  try {
    original = await originalOf(log, decodeDeadLetter(found));
  } catch (error) {
    return { result: { action: 'failed', reason: reasonOf(error) } };
  }
  if (original.topic === IMAGE_EVENTS_TOPIC) return embedAgain(original, options);
  // Of another encoder: its own embedders read the same request.
  if (original.topic !== imageVectorsTopic(embedder.encoder.fingerprint)) return null;
  const decoded = decodeFor(generation, original);
  if ('deadLetter' in decoded) return { result: { action: 'failed', reason: decoded.deadLetter.reason } };
  return { result: { action: 'redriven' }, record: decoded.record, original };
}

/** A letter that would have been too large has only the place of its original, which the log keeps. */
async function originalOf(log: EventLog, { original, isCut = false }: DeadLetter): Promise<LogRecord> {
  if (!isCut) return original;
  return (await recordAt(log, original.topic, original)) ?? original;
}

async function embedAgain(
  original: LogRecord,
  { log, index, generation, embedder }: RedriveStageOptions,
): Promise<Redriven> {
  const partitions = (await log.watermarks(IMAGE_EVENTS_TOPIC)).length;
  const { record, deadLetter } = await outcomeOf(original, partitions, embedder, async ({ imageId }) => {
    const [stored] = await index.fetch([imageId], { generation: generation.name });
    return stored === undefined || stored.version <= original.offset;
  });
  if (deadLetter !== undefined) {
    const result = { action: 'failed', reason: deadLetter.reason } as const;
    return record === undefined ? { result } : { result, record, original };
  }
  return record === undefined
    ? { result: { action: 'superseded' } }
    : { result: { action: 'redriven' }, record, original };
}
