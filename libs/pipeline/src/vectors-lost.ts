import { DEAD_LETTERS_TOPIC, type EventLog, IMAGE_EVENTS_TOPIC, imageVectorsTopic, LookalikeError } from '#core';
import { embedGroup } from './groups.js';

/**
 * Every event that was handled left a vector record or a dead letter. Where there are too few, the topic of the vectors was
 * deleted, and the embed stage, which stands behind those events, would never make them again. The topics must be there.
 * @throws `log-mismatch` with the group that has to begin anew.
 */
export async function requireVectors(log: EventLog, fingerprint: string): Promise<void> {
  const [topic, group] = [imageVectorsTopic(fingerprint), embedGroup(fingerprint)];
  if ((await written(log, topic)) > 0) return;
  const handled = [...(await log.committed(IMAGE_EVENTS_TOPIC, group)).values()].reduce((sum, it) => sum + it, 0);
  if (handled <= (await written(log, DEAD_LETTERS_TOPIC))) return;
  throw new LookalikeError(
    'log-mismatch',
    `The topic ${topic} is empty, although its events were handled: it was deleted. To have the vectors made again, ` +
      `let the group ${group} read ${IMAGE_EVENTS_TOPIC} from the start (kafka-consumer-groups --group ${group} ` +
      `--topic ${IMAGE_EVENTS_TOPIC} --reset-offsets --to-earliest --execute).`,
    { facts: { topic, group, handled } },
  );
}

async function written(log: EventLog, topic: string): Promise<number> {
  return (await log.watermarks(topic)).reduce((sum, { high }) => sum + high, 0);
}
