import {
  type EventLog,
  IMAGE_EVENTS_TOPIC,
  imageVectorsTopic,
  isLookalikeError,
  LookalikeError,
  unlessUnknown,
  type Watermarks,
} from '#core';
import { vectorsBeingDropped } from './generations/decided-state.js';
import { embedGroup } from './groups.js';
import { LastOffsets } from './last-offsets.js';
import { loggedEvent } from './logged-event.js';

/** Images of one partition that are looked at; 25 to 38 bytes each, and of one partition at a time. */
const MAX_IMAGES = 2_000_000;

/**
 * The topic of an encoder's vectors, made if it is not there yet. @throws `topic-mismatch`, `log-unavailable`,
 * `vectors-being-dropped` where somebody does that meanwhile, and as `requireVectors`.
 */
export async function ensureVectorsTopic(log: EventLog, fingerprint: string, partitions: number): Promise<void> {
  await log.ensureTopic(imageVectorsTopic(fingerprint), { partitions, retention: 'compact' });
  try {
    await requireVectors(log, fingerprint);
  } catch (error) {
    const isTopicGone = isLookalikeError(error) && error.code === 'topic-unknown';
    // Nothing brings back the topic of the events.
    if (!isTopicGone || (await unlessUnknown(log.topicId(IMAGE_EVENTS_TOPIC))) === null) throw error;
    throw vectorsBeingDropped(fingerprint, 'this encoder', error);
  }
}

/**
 * The last event of an image leaves a vector record when it is handled, whatever comes of it. Where there is no record at all and
 * such an event was handled, the topic of the vectors was deleted, and the embed stage, which stands behind those events,
 * would never make them again. Events that are overwritten leave none (docs/adr/0019), so a replay that was stopped early may
 * have handled many, and then a partition is read until that is seen: 25 s for a million events. The topics must be there.
 * @throws `log-mismatch` with the group that has to begin anew.
 */
export async function requireVectors(log: EventLog, fingerprint: string): Promise<void> {
  const [topic, group] = [imageVectorsTopic(fingerprint), embedGroup(fingerprint)];
  // Committed first: a stage elsewhere writes, and commits after that.
  const committed = await log.committed(IMAGE_EVENTS_TOPIC, group);
  if ((await log.watermarks(topic)).some(({ high }) => high > 0)) return;
  const marks = await log.watermarks(IMAGE_EVENTS_TOPIC);
  for (const mark of marks) {
    const handled = committed.get(mark.partition) ?? 0;
    if (handled === 0 || !(await isLastHandled(log, mark, handled, marks.length).catch(falseIfDamaged))) continue;
    throw new LookalikeError(
      'log-mismatch',
      `The topic ${topic} is empty, although its events were handled: it was deleted. To have the vectors made again, ` +
        `let the group ${group} read ${IMAGE_EVENTS_TOPIC} from the start (kafka-consumer-groups --group ${group} ` +
        `--topic ${IMAGE_EVENTS_TOPIC} --reset-offsets --to-earliest --execute).`,
      { facts: { topic, group, partition: mark.partition, handled } },
    );
  }
}

/** Whether an event below `handled` is the last of its image. */
async function isLastHandled(
  log: EventLog,
  { partition, low, high }: Watermarks,
  handled: number,
  partitions: number,
): Promise<boolean> {
  const last = new LastOffsets(low, MAX_IMAGES);
  /** Images whose last event so far was handled. */
  let count = 0;
  for await (const record of log.read({ topic: IMAGE_EVENTS_TOPIC, partition, from: low, to: high })) {
    if (record.offset >= handled && count === 0) return false;
    const imageId = loggedEvent(record, partitions)?.imageId;
    if (imageId === undefined) continue;
    // Nothing is behind it that could overwrite it.
    if (handled >= high) return true;
    const before = last.get(imageId);
    if (record.offset < handled) {
      if (before === null && last.set(imageId, record.offset)) count += 1;
    } else if (before !== null && before < handled) {
      last.set(imageId, record.offset);
      count -= 1;
    }
  }
  return count > 0;
}

/** What cannot be read proves nothing, and the stage that comes to it tells of it. */
function falseIfDamaged(error: unknown): false {
  if (isLookalikeError(error) && error.code === 'log-damaged') return false;
  throw error;
}
