import {
  DEAD_LETTER_ACTIONS_TOPIC,
  type EventLog,
  IMAGE_EVENTS_TOPIC,
  imageVectorsTopic,
  isLookalikeError,
} from '#core';
import { embedGroup, redriveGroup } from '../groups.js';
import type { KnownVectors } from './decided-state.js';

/**
 * Takes an encoder's vectors out of the log, and where its stages stand: one that stands at the end beside an empty topic would
 * never fill it (`vectors-lost.ts`). Before, so that nothing goes while an embedder works with them; and after: who woke up in
 * between may have joined once more and come to somewhere, with vectors that are gone. Each step may be repeated, also by
 * one who was stalled, when the encoder is long in use again: it drops no other topic, and a stage that begins anew only does
 * again what it has done.
 * @returns false while an embedder works with the encoder: then it is to be called again.
 */
export async function dropVectors(log: EventLog, { fingerprint, drop }: KnownVectors): Promise<boolean> {
  if (!(await haveLetGo(log, fingerprint))) return false;
  if (drop !== null && drop.topicId !== null) await log.dropTopic(imageVectorsTopic(fingerprint), drop.topicId);
  return haveLetGo(log, fingerprint);
}

/** Forgets the groups of the encoder's stages, unless they have members. */
async function haveLetGo(log: EventLog, fingerprint: string): Promise<boolean> {
  try {
    await log.forgetGroup(IMAGE_EVENTS_TOPIC, embedGroup(fingerprint));
    await log.forgetGroup(DEAD_LETTER_ACTIONS_TOPIC, redriveGroup(fingerprint));
  } catch (error) {
    if (isLookalikeError(error) && error.code === 'group-in-use') return false;
    throw error;
  }
  return true;
}
