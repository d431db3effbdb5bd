import { type EventLog, isLookalikeError, LookalikeError, type NextOffsets } from '#core';
import { untilAnswered } from './until-answered.js';

const LIMITS = { maxRecords: 1000, maxBytes: 4 * 1_048_576, maxWaitMs: 0 };
/** Longer than it takes to join a group whose last member died. */
const PATIENCE_MS = 120_000;

/**
 * Lets a group stand behind what was done for it elsewhere. A group's places are what its members commit, so this is a
 * member for a moment, which reads what it commits.
 * @param ends of partitions, all of which must be there. @throws `log-mismatch` when another member has them, `log-unavailable`.
 */
export async function handOver(
  log: EventLog,
  topic: string,
  group: string,
  ends: NextOffsets,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const before = await untilAnswered(() => log.committed(topic, group));
  const left = new Map([...ends].filter(([partition, end]) => (before.get(partition) ?? 0) < end));
  if (left.size === 0) return;
  const subscription = await untilAnswered(() => log.subscribe({ topic, group, limits: LIMITS }));
  let timer: NodeJS.Timeout | undefined;
  const restart = () => {
    clearTimeout(timer);
    timer = setTimeout(() => void subscription.close(), patienceMs);
  };
  try {
    while (left.size > 0) {
      restart();
      const records = await untilAnswered(() => subscription.next());
      if (records === null) throw taken(topic, group);
      const next = new Map<number, number>();
      for (const { partition, offset } of records) {
        const end = left.get(partition);
        if (end !== undefined) next.set(partition, Math.min(offset + 1, end));
      }
      await subscription.commit(next);
      for (const [partition, offset] of next) if (offset === left.get(partition)) left.delete(partition);
    }
  } catch (error) {
    throw isLookalikeError(error) && error.code === 'partition-lost' ? taken(topic, group, error) : error;
  } finally {
    clearTimeout(timer);
    await subscription.close();
  }
}

function taken(topic: string, group: string, cause?: unknown): LookalikeError {
  return new LookalikeError(
    'log-mismatch',
    `Another process reads ${topic} as ${group}. Stop whatever uses this log, and run the import again.`,
    { cause, facts: { topic, group } },
  );
}
