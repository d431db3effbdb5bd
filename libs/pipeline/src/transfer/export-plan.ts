import { randomUUID } from 'node:crypto';
import {
  DEAD_LETTER_ACTIONS_TOPIC,
  DEAD_LETTERS_TOPIC,
  type EventLog,
  IMAGE_EVENTS_TOPIC,
  imageVectorsTopic,
  LookalikeError,
  unlessUnknown,
  type Watermarks,
} from '#core';
import { Generations } from '../generations/generations.js';
import { type GenerationsState, inRole } from '../generations/generations-state.js';
import { embedGroup, redriveGroup } from '../groups.js';
import { knownIdentity } from '../log-identity.js';
import { EXPORT_FORMAT, EXPORT_VERSION, type ExportHeader } from './export-lines.js';
import { requireImportFinished } from './import-marker.js';
import { SINGLE_PARTITION_TOPICS } from './single-partition-topics.js';
import { untilAnswered } from './until-answered.js';

export interface ExportOptions {
  /** Fingerprints of the encoders whose vectors are wanted; `null`: of the live generation's, if there is one. */
  readonly encoders: readonly string[] | null;
  /** Which of the indexes that are filled from this log. */
  readonly place?: string;
}

/**
 * What an export of the log holds as its encoders stand now. What they have not done yet is exported as events only.
 * @throws `topic-unknown` when there is no log, or no vectors of an encoder; `log-mismatch` within an unfinished import.
 */
export async function planExport(log: EventLog, { encoders, place = '' }: ExportOptions): Promise<ExportHeader> {
  const identity = await knownIdentity(log);
  if (identity === null) throw new LookalikeError('topic-unknown', 'There is no log of lookalike to export.');
  await requireImportFinished(log);
  const known = await knownGenerations(log, place);
  const fingerprints = [...new Set(encoders ?? liveEncoder(known))];
  const vectorTopics = fingerprints.map(imageVectorsTopic);
  const topics = new Map<string, readonly Watermarks[]>();
  const others = [DEAD_LETTERS_TOPIC, DEAD_LETTER_ACTIONS_TOPIC, ...SINGLE_PARTITION_TOPICS];
  for (const topic of [IMAGE_EVENTS_TOPIC, ...others, ...vectorTopics]) {
    const marks = await unlessUnknown(log.watermarks(topic));
    if (marks !== null) topics.set(topic, marks);
    else if (vectorTopics.includes(topic)) throw noVectors(topic);
  }
  const handled = (topic: string, groups: readonly string[], combine: (...offsets: number[]) => number) =>
    handledBelow(log, topic, topics.get(topic) ?? [], groups, combine);
  const allEncoders = new Set([...known.values()].map(({ schema }) => schema.encoder.fingerprint));
  return {
    format: EXPORT_FORMAT,
    version: EXPORT_VERSION,
    export: randomUUID(),
    log: identity,
    exportedAt: new Date().toISOString(),
    partitions: Object.fromEntries([...topics].map(([topic, marks]) => [topic, marks.length])),
    encoders: fingerprints.map((fingerprint) => ({ fingerprint, name: nameOf(known, fingerprint) })),
    done: {
      [IMAGE_EVENTS_TOPIC]: await handled(IMAGE_EVENTS_TOPIC, fingerprints.map(embedGroup), Math.min),
      [DEAD_LETTER_ACTIONS_TOPIC]: await handled(DEAD_LETTER_ACTIONS_TOPIC, fingerprints.map(redriveGroup), Math.min),
    },
    setAside: await handled(IMAGE_EVENTS_TOPIC, [...allEncoders].map(embedGroup), Math.max),
    estimatedRecords: [...topics.values()].flat().reduce((sum, { low, high }) => sum + high - low, 0),
  };
}

/** Of each partition, below what all, or some, of the groups have done everything. */
async function handledBelow(
  log: EventLog,
  topic: string,
  marks: readonly Watermarks[],
  groups: readonly string[],
  combine: (...offsets: number[]) => number,
): Promise<number[]> {
  if (marks.length === 0 || groups.length === 0) return marks.map(() => 0);
  const commits = await Promise.all(groups.map((group) => untilAnswered(() => log.committed(topic, group))));
  return marks.map(({ partition }) => combine(...commits.map((it) => it.get(partition) ?? 0)));
}

async function knownGenerations(log: EventLog, place: string): Promise<GenerationsState> {
  // No topic of them: no stage has run yet.
  return (await unlessUnknown(new Generations(log, place).current())) ?? new Map();
}

function liveEncoder(known: GenerationsState): readonly string[] {
  const live = inRole(known, 'live');
  return live === null ? [] : [live.schema.encoder.fingerprint];
}

function nameOf(known: GenerationsState, fingerprint: string): string | null {
  const generation = [...known.values()].find(({ schema }) => schema.encoder.fingerprint === fingerprint);
  return generation?.schema.encoder.name ?? null;
}

function noVectors(topic: string): LookalikeError {
  return new LookalikeError('topic-unknown', `The log has no vectors of that encoder: there is no topic ${topic}.`, {
    facts: { topic },
  });
}
