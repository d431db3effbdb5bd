import { type EventLog, IMAGE_EVENTS_TOPIC, imageVectorsTopic, type Position } from '#core';
import { embedGroup, indexGroup } from '../groups.js';
import { endOf, hasPassed, stageProgress } from '../stage-progress.js';
import type { KnownGeneration } from './generations-state.js';

/** How far a generation is behind the log, in records of its stages. */
export async function lagOf(log: EventLog, { name, schema }: KnownGeneration): Promise<number> {
  const { fingerprint } = schema.encoder;
  const embed = await stageProgress(log, IMAGE_EVENTS_TOPIC, embedGroup(fingerprint));
  const index = await stageProgress(log, imageVectorsTopic(fingerprint), indexGroup(name));
  return embed.lag + index.lag;
}

/**
 * Tells when a generation has everything that was in the log when it was started. What its encoder made of the events below the
 * marks ends somewhere in the topic of the vectors; that is looked up once the events are passed.
 */
export class CatchUp {
  /** By generation: where the vectors made of everything below its marks end. */
  readonly #vectorMarks = new Map<string, readonly Position[]>();

  constructor(private readonly log: EventLog) {}

  async hasCaughtUp({ name, source, marks, schema }: KnownGeneration): Promise<boolean> {
    const { fingerprint } = schema.encoder;
    const vectors = imageVectorsTopic(fingerprint);
    if (source === 'vectors') return hasPassed(this.log, vectors, indexGroup(name), marks);
    if (!this.#vectorMarks.has(name)) {
      if (!(await hasPassed(this.log, IMAGE_EVENTS_TOPIC, embedGroup(fingerprint), marks))) return false;
      this.#vectorMarks.set(name, await endOf(this.log, vectors));
    }
    return hasPassed(this.log, vectors, indexGroup(name), this.#vectorMarks.get(name) ?? []);
  }

  forget(generation: string): void {
    this.#vectorMarks.delete(generation);
  }
}
