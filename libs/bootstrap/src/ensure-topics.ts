import type { Settings } from '#config';
import {
  DEAD_LETTER_ACTIONS_TOPIC,
  DEAD_LETTERS_TOPIC,
  type EventLog,
  IMAGE_EVENTS_TOPIC,
  imageVectorsTopic,
} from '#core';

type Storage = Pick<Settings, 'storage'>;

/** What publishing needs. @throws `topic-mismatch`, `log-unavailable`. */
export async function ensureEventsTopic(log: EventLog, { storage }: Storage): Promise<void> {
  await log.ensureTopic(IMAGE_EVENTS_TOPIC, { partitions: storage.partitions, retention: 'forever' });
}

/** What the stages of an encoder need. @throws as above. */
export async function ensureStageTopics(log: EventLog, fingerprint: string, settings: Storage): Promise<void> {
  const { partitions } = settings.storage;
  await ensureEventsTopic(log, settings);
  await log.ensureTopic(DEAD_LETTERS_TOPIC, { partitions, retention: 'forever' });
  await log.ensureTopic(DEAD_LETTER_ACTIONS_TOPIC, { partitions, retention: 'forever' });
  await log.ensureTopic(imageVectorsTopic(fingerprint), { partitions, retention: 'compact' });
}
