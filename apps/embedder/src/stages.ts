import type { Settings } from '#config';
import { type EncoderInfo, type EventLog, type Generation, IMAGE_EVENTS_TOPIC, imageVectorsTopic } from '#core';
import type { StageSubscription } from '#nest';
import { embedGroup, indexGroup } from '#pipeline';

export const STAGE_NAMES = ['embed', 'index'] as const;
export type StageName = (typeof STAGE_NAMES)[number];

/** Larger than any batch of the default sizes; bounds memory when attributes or vectors are unusually large. */
const BATCH_MAX_BYTES = 32 * 1024 * 1024;
/** Long enough to fill a batch of a busy log, short enough not to be felt by somebody who waits for one picture. */
const BATCH_MAX_WAIT_MS = 20;
/** The index stage has no work to overlap but decoding. */
const INDEX_BATCHES_AHEAD = 2;

/** What each stage reads, as which group, in which batches. */
export function stageSubscriptions(
  log: EventLog,
  encoder: EncoderInfo,
  generation: Generation,
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
    index: {
      log,
      topic: imageVectorsTopic(encoder.fingerprint),
      group: indexGroup(generation.name),
      limits: { maxRecords: index.batch, maxBytes: BATCH_MAX_BYTES, maxWaitMs: BATCH_MAX_WAIT_MS },
      batchesAhead: INDEX_BATCHES_AHEAD,
    },
  };
}
