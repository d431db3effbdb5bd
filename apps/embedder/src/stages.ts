import type { Role, Settings } from '#config';
import { DEAD_LETTER_ACTIONS_TOPIC, type EventLog, IMAGE_EVENTS_TOPIC, imageVectorsTopic } from '#core';
import { EventLogServer, type StageSubscription } from '#nest';
import {
  copyLinksGroup,
  embedGroup,
  type GenerationsState,
  indexGroup,
  type KnownGeneration,
  maintained,
  redriveGroup,
} from '#pipeline';

/** Larger than any batch of the default sizes; bounds memory when attributes or vectors are unusually large. */
const BATCH_MAX_BYTES = 32 * 1024 * 1024;
/** Long enough to fill a batch of a busy log, short enough not to be felt by somebody who waits for one picture. */
const BATCH_MAX_WAIT_MS = 20;
/** The index stage has no work to overlap but decoding. */
const INDEX_BATCHES_AHEAD = 2;

/**
 * At least, for a generation that is filled: nobody waits for one picture of it, and each batch leaves files that slow down
 * the next ones until they are tidied up. With more, searches of the same process wait longer: 99 of 100 turns of its
 * loop took up to 21 ms with 128 records of 4096-d, 70 ms with 512.
 */
const FILLING_BATCH = 256;

/** The stages of each role: who embeds, embeds again too. */
const STAGES = {
  embed: ['embed', 'redrive'],
  index: ['index'],
  duplicates: ['duplicates'],
} as const satisfies Record<Role, readonly string[]>;
export const STAGE_NAMES = Object.values(STAGES).flat();
export type StageName = (typeof STAGE_NAMES)[number];

/** So many images are compared before what was found is written. */
const COMPARED_BATCH = 16;

/** Whether nothing of a search depends on a stage of that name, whatever generation it is for. */
export function isBeside(name: StageName): boolean {
  return name === 'duplicates';
}

/** A stage, and the generation that it works for; of several with one encoder the first. */
export interface Stage extends StageSubscription {
  readonly name: StageName;
  readonly generation: KnownGeneration;
  /** Whether searches depend on it. */
  readonly isEssential: boolean;
}

type StageSettings = Pick<Settings, 'embed' | 'index'>;

/**
 * The stages that keep all generations up to date: to embed and to redrive for each encoder, to index for each generation; and to
 * find duplicates by the live one. By keys that tell them apart.
 */
export function stagesOf(
  log: EventLog,
  state: GenerationsState,
  { embed, index }: StageSettings,
): ReadonlyMap<string, Stage> {
  const limits = (maxRecords: number) => ({ maxRecords, maxBytes: BATCH_MAX_BYTES, maxWaitMs: BATCH_MAX_WAIT_MS });
  const stages = new Map<string, Stage>();
  for (const generation of liveFirst(maintained(state))) {
    const { fingerprint } = generation.schema.encoder;
    const isLive = generation.role === 'live';
    const [embedding, redriving] = [embedGroup(fingerprint), redriveGroup(fingerprint)];
    if (!stages.has(embedding)) {
      stages.set(embedding, {
        name: 'embed',
        generation,
        isEssential: isLive,
        log,
        topic: IMAGE_EVENTS_TOPIC,
        group: embedding,
        limits: limits(embed.batch),
        batchesAhead: embed.batchesAhead,
      });
      // It looks into the generation, so for another one it begins anew.
      stages.set(`${redriving} ${generation.name}`, {
        name: 'redrive',
        generation,
        isEssential: isLive,
        log,
        topic: DEAD_LETTER_ACTIONS_TOPIC,
        group: redriving,
        limits: limits(embed.batch),
        // Nobody waits for them as for a new picture.
        batchesAhead: 1,
      });
    }
    const indexing = indexGroup(generation.name);
    stages.set(indexing, {
      name: 'index',
      generation,
      isEssential: isLive,
      log,
      topic: imageVectorsTopic(fingerprint),
      group: indexing,
      limits: limits(isLive ? index.batch : Math.max(index.batch, FILLING_BATCH)),
      batchesAhead: INDEX_BATCHES_AHEAD,
    });
    if (isLive) {
      const comparing = copyLinksGroup(fingerprint);
      // It searches the generation, so for another one it begins anew.
      stages.set(`${comparing} ${generation.name}`, {
        name: 'duplicates',
        generation,
        isEssential: false,
        log,
        topic: imageVectorsTopic(fingerprint),
        group: comparing,
        limits: limits(COMPARED_BATCH),
        batchesAhead: 1,
      });
    }
  }
  return stages;
}

/** What a process of these roles serves. */
export function servedNames(roles: readonly Role[]): ReadonlySet<StageName> {
  return new Set(roles.flatMap((role) => STAGES[role]));
}

/** The transport that serves the stages of this process's roles. */
export function createStageServer({ embedder, server }: Pick<Settings, 'embedder' | 'server'>): EventLogServer {
  return new EventLogServer({
    essential: [...servedNames(embedder.roles)].filter((it) => !isBeside(it)),
    shutdownTimeoutMs: server.shutdownTimeoutSeconds * 1000,
  });
}

function liveFirst(generations: readonly KnownGeneration[]): readonly KnownGeneration[] {
  return generations.toSorted((a, b) => Number(b.role === 'live') - Number(a.role === 'live'));
}
