import type { Logger } from 'pino';
import type { Settings } from '#config';
import {
  COPY_LINKS_TOPIC,
  DEAD_LETTER_ACTIONS_TOPIC,
  DEAD_LETTERS_TOPIC,
  DUPLICATE_DECISIONS_TOPIC,
  type EventLog,
  IMAGE_EVENTS_TOPIC,
} from '#core';
import { ensureEventsTopic, ensureVectorsTopic, type GenerationsState, requireImportFinished } from '#pipeline';

type Storage = Pick<Settings, 'storage'>;

/** What publishing needs. @throws `topic-mismatch`, `log-mismatch`, `invalid-setting`, `log-unavailable`. */
export async function ensurePublishTopics(log: EventLog, { storage }: Storage, logger: Logger): Promise<void> {
  await requireImportFinished(log);
  await ensureEventsTopic(log, storage.partitions);
  const begins = (await log.watermarks(IMAGE_EVENTS_TOPIC)).filter(({ low }) => low > 0);
  if (begins.length === 0) return;
  logger.error(
    { topic: IMAGE_EVENTS_TOPIC, partitions: begins },
    'Events were deleted from the log: an index that is built again will not have what they were about.',
  );
}

/** What stages need, whatever their encoder. @throws as above. */
export async function ensureStageTopics(log: EventLog, settings: Storage, logger: Logger): Promise<void> {
  const { partitions } = settings.storage;
  await ensurePublishTopics(log, settings, logger);
  await log.ensureTopic(DEAD_LETTERS_TOPIC, { partitions, retention: 'forever' });
  await log.ensureTopic(DEAD_LETTER_ACTIONS_TOPIC, { partitions, retention: 'forever' });
  await log.ensureTopic(COPY_LINKS_TOPIC, { partitions, retention: 'compact' });
  await log.ensureTopic(DUPLICATE_DECISIONS_TOPIC, { partitions: 1, retention: 'forever' });
}

/** What the encoders of all generations need. @throws as above. */
export async function ensureVectorTopics(log: EventLog, state: GenerationsState, { storage }: Storage): Promise<void> {
  const fingerprints = new Set([...state.values()].map(({ schema }) => schema.encoder.fingerprint));
  for (const fingerprint of fingerprints) await ensureVectorsTopic(log, fingerprint, storage.partitions);
}
