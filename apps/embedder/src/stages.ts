import type { Role, Settings } from '#config';
import {
  DEAD_LETTER_ACTIONS_TOPIC,
  type EncoderInfo,
  type EventLog,
  type Generation,
  IMAGE_EVENTS_TOPIC,
  imageVectorsTopic,
} from '#core';
import { EventLogServer, type StageSubscription } from '#nest';
import { embedGroup, indexGroup, redriveGroup } from '#pipeline';

/** Larger than any batch of the default sizes; bounds memory when attributes or vectors are unusually large. */
const BATCH_MAX_BYTES = 32 * 1024 * 1024;
/** Long enough to fill a batch of a busy log, short enough not to be felt by somebody who waits for one picture. */
const BATCH_MAX_WAIT_MS = 20;
/** The index stage has no work to overlap but decoding. */
const INDEX_BATCHES_AHEAD = 2;

/** The stages of each role: who embeds, embeds again too. */
const STAGES = { embed: ['embed', 'redrive'], index: ['index'] } as const satisfies Record<Role, readonly string[]>;
export const STAGE_NAMES = Object.values(STAGES).flat();
export type StageName = (typeof STAGE_NAMES)[number];

/** What the stages read, and what they write for. */
export interface StageSources {
  readonly log: EventLog;
  readonly encoder: EncoderInfo;
  readonly generation: Generation;
}

/** What each stage reads, as which group, in which batches. */
export function stageSubscriptions(
  { log, encoder, generation }: StageSources,
  { embed, index }: Pick<Settings, 'embed' | 'index'>,
): Readonly<Record<StageName, StageSubscription>> {
  return {
    embed: {
      log,
      topic: IMAGE_EVENTS_TOPIC,
      group: embedGroup(encoder.fingerprint),
      limits: { maxRecords: embed.batch, maxBytes: BATCH_MAX_BYTES, maxWaitMs: BATCH_MAX_WAIT_MS },
      batchesAhead: embed.batchesAhead,
    },
    redrive: {
      log,
      topic: DEAD_LETTER_ACTIONS_TOPIC,
      group: redriveGroup(encoder.fingerprint),
      limits: { maxRecords: embed.batch, maxBytes: BATCH_MAX_BYTES, maxWaitMs: BATCH_MAX_WAIT_MS },
      // Nobody waits for them as for a new picture.
      batchesAhead: 1,
    },
    index: {
      log,
      topic: imageVectorsTopic(encoder.fingerprint),
      group: indexGroup(generation.name),
      limits: { maxRecords: index.batch, maxBytes: BATCH_MAX_BYTES, maxWaitMs: BATCH_MAX_WAIT_MS },
      batchesAhead: INDEX_BATCHES_AHEAD,
    },
  };
}

/** The transport that serves the stages of this process's roles. */
export function createStages(
  sources: StageSources,
  settings: Pick<Settings, 'embed' | 'embedder' | 'index' | 'server'>,
): EventLogServer {
  const subscriptions = stageSubscriptions(sources, settings);
  return new EventLogServer({
    stages: Object.fromEntries(
      settings.embedder.roles.flatMap((role) => STAGES[role]).map((stage) => [stage, subscriptions[stage]]),
    ),
    shutdownTimeoutMs: settings.server.shutdownTimeoutSeconds * 1000,
  });
}
