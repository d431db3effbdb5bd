import {
  DEAD_LETTERS_TOPIC,
  type DeadLetter,
  decodeDeadLetter,
  type EventLog,
  encodeDeadLetter,
  nullIfOutcome,
  partitionOf,
} from '#core';

/** More than what one process can leave of a partition that it has handled and not committed. */
const LOOK_BACK = 512;

/**
 * Writes letters, once: who died, or lost the partition, before it could commit has left the same ones, and they are kept for
 * ever. They are among the last of their partition.
 */
export async function setAside(log: EventLog, letters: readonly DeadLetter[]): Promise<void> {
  if (letters.length === 0) return;
  const encoded = letters.map((letter) => ({ letter, record: encodeDeadLetter(letter) }));
  const known = await lastLetters(log, new Set(encoded.map(({ record }) => record.key)));
  const fresh = encoded.flatMap(({ letter, record }) => (known.has(nameOf(letter)) ? [] : [record]));
  if (fresh.length > 0) await log.append(DEAD_LETTERS_TOPIC, fresh);
}

async function lastLetters(log: EventLog, keys: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  const marks = await log.watermarks(DEAD_LETTERS_TOPIC);
  const partitions = new Set([...keys].map((key) => partitionOf(key, marks.length)));
  const names = new Set<string>();
  for (const { partition, low, high } of marks) {
    if (!partitions.has(partition) || high === low) continue;
    const from = Math.max(low, high - LOOK_BACK);
    for await (const record of log.read({ topic: DEAD_LETTERS_TOPIC, partition, from, to: high })) {
      const letter = nullIfOutcome(() => decodeDeadLetter(record));
      if (letter !== null) names.add(nameOf(letter));
    }
  }
  return names;
}

/** One event may be set aside for another reason than before. */
function nameOf({ reason, original: { topic, partition, offset } }: DeadLetter): string {
  return `${topic}/${partition}-${offset}/${reason.code}`;
}
