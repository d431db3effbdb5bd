import { setTimeout as sleep } from 'node:timers/promises';
import { type EventLog, type Generation, IMAGE_EVENTS_TOPIC, imageVectorsTopic, type Position } from '#core';
import { embedGroup, indexGroup } from '../groups.js';
import { endOf, hasPassed } from '../stage-progress.js';

const POLL_MS = 250;

/** How far the two stages of a generation have come. */
export interface StagePositions {
  /** In the topic of the events, nowhere above the watermarks: what is below has become vectors. */
  readonly embedded: readonly Position[];
  /** In the topic of the vectors: what had become of everything below `embedded` is below. */
  readonly vectorsEnd: readonly Position[];
  /** In the topic of the vectors, nowhere above `vectorsEnd`: what is below is in the index. */
  readonly indexed: readonly Position[];
  /** Offsets between those and where they should be. */
  readonly behind: { readonly embed: number; readonly index: number };
}

export interface WaitOptions {
  readonly log: EventLog;
  readonly generation: Pick<Generation, 'name' | 'schema'>;
  /** How long the stages are waited for, in milliseconds; 0 looks once. */
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Waits until everything below the watermarks is in the index. Where that takes longer than it may, how far it has
 * come.
 * @throws `topic-unknown`, the signal's reason.
 */
export async function stagePositions(
  { log, generation: { name, schema }, waitMs, signal }: WaitOptions,
  watermarks: readonly Position[],
): Promise<StagePositions> {
  const { fingerprint } = schema.encoder;
  const vectors = imageVectorsTopic(fingerprint);
  const until = performance.now() + waitMs;
  // Looked up once all events are passed, and kept: new vectors would move it away for ever.
  let end: readonly Position[] | null = null;
  for (;;) {
    signal?.throwIfAborted();
    const embedded = await passed(log, IMAGE_EVENTS_TOPIC, embedGroup(fingerprint), watermarks);
    const vectorsEnd: readonly Position[] = end ?? (await endOf(log, vectors));
    const embed = distance(embedded, watermarks);
    if (embed === 0) end = vectorsEnd;
    const indexed = await passed(log, vectors, indexGroup(name), vectorsEnd);
    const behind = { embed, index: distance(indexed, vectorsEnd) };
    if (behind.embed + behind.index === 0 || performance.now() >= until) {
      return { embedded, vectorsEnd, indexed, behind };
    }
    await sleep(Math.min(POLL_MS, Math.max(1, until - performance.now())));
  }
}

/** The marks, or what was committed where there is still something to be done below them. */
async function passed(
  log: EventLog,
  topic: string,
  group: string,
  marks: readonly Position[],
): Promise<readonly Position[]> {
  if (await hasPassed(log, topic, group, marks)) return marks;
  const committed = await log.committed(topic, group);
  const positions: Position[] = [];
  for (const mark of marks) {
    const offset = Math.min(mark.offset, committed.get(mark.partition) ?? 0);
    positions.push((await hasPassed(log, topic, group, [mark])) ? mark : { partition: mark.partition, offset });
  }
  return positions;
}

function distance(from: readonly Position[], to: readonly Position[]): number {
  return to.reduce((sum, { offset }, at) => sum + Math.max(0, offset - (from[at]?.offset ?? 0)), 0);
}
