import { Inject, Injectable } from '@nestjs/common';
import {
  type EncoderReference,
  type EventLog,
  type FittedProjection,
  IMAGE_EVENTS_TOPIC,
  imageVectorsTopic,
  type Position,
  type StateCounts,
  type VectorIndex,
  type VerificationReport,
} from '#core';
import { asLookalikeError, EVENT_LOG, VECTOR_INDEX } from '#nest';
import {
  DeadLetters,
  type GenerationRole,
  type Generations,
  type GivenUp,
  generationsAt,
  type KnownGeneration,
  type Profile,
  phaseOf,
  profileOf,
  type ReindexPhase,
  unlessLost,
  unusedVectors,
} from '#pipeline';
import { FollowedGenerations } from '../followed-generations.js';
import { type NamedStageStatus, StageWatches } from '../stage-watches.js';
import { GENERATIONS } from '../tokens.js';

export interface GenerationProgress {
  readonly generation: string;
  readonly role: GenerationRole;
  /** Of the one that is built, and of one that is stepped back to; else `null`. */
  readonly phase: ReindexPhase | null;
  readonly encoder: Omit<EncoderReference, 'manifest'>;
  readonly attributes: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, number>>;
  readonly profile: Profile;
  /** What was fitted for it. */
  readonly fitted: readonly FittedProjection[];
  /** What it is filled from. */
  readonly source: 'vectors' | 'events';
  readonly startedAt: string;
  readonly by: string | null;
  /** `null` when the index does not have it. */
  readonly images: StateCounts | null;
  /** Records of its source below its marks: handled, and all. */
  readonly done: number;
  readonly total: number;
  readonly perSecond: number | null;
  readonly secondsLeft: number | null;
  /** Records that its stages are behind the log now. */
  readonly lag: number;
  /** Of what was set aside last since it began: how often each reason. */
  readonly failures: Readonly<Record<string, number>>;
  readonly report: VerificationReport | null;
  /** What it waits for, as far as this process knows. */
  readonly fault: { readonly code: string; readonly message: string } | null;
}

/** Vectors that the log has of an encoder that no generation uses. */
export interface UnusedVectors {
  readonly encoder: Pick<EncoderReference, 'name' | 'fingerprint'>;
  /** They are on their way out. */
  readonly isBeingDropped: boolean;
}

export interface ReindexAnswer {
  readonly live: GenerationProgress | null;
  readonly next: GenerationProgress | null;
  readonly previous: GenerationProgress | null;
  readonly unusedVectors: readonly UnusedVectors[];
  /** The last one that was begun, when it ended although nobody wanted it to. */
  readonly givenUp: GivenUp | null;
}

/** Letters looked at for reasons. */
const MAX_LETTERS = 100;

/** Tells how far each generation is. */
@Injectable()
export class ReindexProgress {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(VECTOR_INDEX) private readonly index: VectorIndex,
    @Inject(GENERATIONS) private readonly generations: Generations,
    @Inject(FollowedGenerations) private readonly followed: FollowedGenerations,
    @Inject(StageWatches) private readonly watches: StageWatches,
    @Inject(DeadLetters) private readonly letters: DeadLetters,
  ) {}

  async answer(): Promise<ReindexAnswer> {
    const { place } = this.generations;
    const decided = await this.generations.decided();
    const state = generationsAt(decided, place);
    const unused = unusedVectors(decided);
    const stages = await this.watches.statuses();
    const answers = await Promise.all([...state.values()].map((it) => this.#progress(it, stages)));
    const inRole = (role: GenerationRole) => answers.find((it) => it.role === role) ?? null;
    return {
      live: inRole('live'),
      next: inRole('next'),
      previous: inRole('previous'),
      unusedVectors: unused.map(({ fingerprint, encoder, drop }) => ({
        encoder: { name: encoder, fingerprint },
        isBeingDropped: drop !== null,
      })),
      givenUp: decided.givenUp.get(place) ?? null,
    };
  }

  async #progress(known: KnownGeneration, stages: readonly NamedStageStatus[]): Promise<GenerationProgress> {
    const { name, role, schema, source, marks, startedAtMs, by, report } = known;
    const { name: encoder, fingerprint, trained } = schema.encoder;
    const index = stages.find((it) => it.name === 'index' && it.generation === name) ?? null;
    const topics = { events: IMAGE_EVENTS_TOPIC, vectors: imageVectorsTopic(fingerprint) };
    const embed = stages.find((it) => it.name === 'embed' && it.encoder === fingerprint) ?? null;
    const filling = source === 'events' ? embed : index;
    const { done, total } = await this.#passed(topics[source], marks, filling);
    // Its stage is not known yet in the moment in which it begins.
    const unfilled = total - done;
    const behind =
      source === 'events' ? { embed: unfilled, index: index?.lag ?? 0 } : { embed: 0, index: index?.lag ?? unfilled };
    const slowest = embed !== null && embed.lag > 0 ? embed : index;
    return {
      generation: name,
      role,
      phase: phaseOf(known, behind),
      encoder: { name: encoder, fingerprint, trained },
      attributes: schema.attributes,
      settings: schema.settings,
      profile: profileOf(schema),
      fitted: known.fitted,
      source,
      startedAt: new Date(startedAtMs).toISOString(),
      by,
      images: await unlessLost(this.index.count({ generation: name })),
      done,
      total,
      perSecond: slowest?.perSecond ?? null,
      secondsLeft: slowest?.secondsLeft ?? null,
      lag: (embed?.lag ?? 0) + (index?.lag ?? 0),
      failures: role === 'next' ? await this.#failures(startedAtMs) : {},
      report,
      fault: this.#fault(known),
    };
  }

  async #passed(topic: string, marks: readonly Position[], stage: NamedStageStatus | null) {
    if (marks.length === 0) return { done: 0, total: 0 };
    const lows = new Map((await this.log.watermarks(topic)).map(({ partition, low }) => [partition, low]));
    let [done, total] = [0, 0];
    for (const { partition, offset } of marks) {
      const low = lows.get(partition) ?? 0;
      const committed = stage?.partitions.find((it) => it.partition === partition)?.committed ?? low;
      total += Math.max(0, offset - low);
      done += Math.max(0, Math.min(committed, offset) - low);
    }
    return { done, total };
  }

  async #failures(sinceMs: number): Promise<Readonly<Record<string, number>>> {
    const counts: Record<string, number> = {};
    const { letters } = await this.letters.list({ sinceMs, limit: MAX_LETTERS });
    for (const { reason } of letters) counts[reason.code] = (counts[reason.code] ?? 0) + 1;
    return counts;
  }

  #fault(known: KnownGeneration): GenerationProgress['fault'] {
    const error = this.followed.faultOf(known);
    if (error === null) return null;
    const { code, message } = asLookalikeError(error);
    return { code, message };
  }
}
